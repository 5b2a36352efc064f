"""Turns sql/*.sql into sql.h and sql.c: a number and a text per query, a list of schema steps.

$1 becomes ?1 (SQLite numbers $1 by first appearance), :PENDING and the like become the numbers of state.def (a partial
index is used only where its term stands literally), {name} becomes the part _name.sql. Steps are the files whose names
begin with a number.
"""
import pathlib
import re
import sys

state_file, out_header, out_source, *files = sys.argv[1:]
states = dict(re.findall(r'X\(TASK_(\w+),\s*(\d+)', pathlib.Path(state_file).read_text()))


def plain(path):
    return re.sub(r'--[^\n]*', '', path.read_text())


def embedded(path):
    text = plain(path)
    while '{' in text:
        text = re.sub(r'\{(\w+)\}', lambda m: plain(path.with_name(f'_{m.group(1)}.sql')), text)
    text = re.sub(r'\$(\d+)', r'?\1', text)
    text = re.sub(r':([A-Z]+)\b', lambda m: states[m.group(1)], text)
    return re.sub(r'\s+', ' ', text).strip()


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


paths = sorted(map(pathlib.Path, files))
steps = [p for p in paths if p.name[0].isdigit()]
queries = [p for p in paths if p.name[0].isalpha()]
names = ['SQL_' + p.name.split('.')[0].upper() for p in queries]
checks = [n for n in names if n.startswith('SQL_CHECK_')]

pathlib.Path(out_header).write_text(
    '#ifndef DOCKET_STORE_SQL_H\n#define DOCKET_STORE_SQL_H\n'
    'enum sql {\n' + ''.join(f'    {n},\n' for n in names) + '    SQL_COUNT\n};\n'
    f'enum {{ SQL_STEP_COUNT = {len(steps)}, SQL_CHECK_COUNT = {len(checks)} }};\n'
    'extern const char *const SQL_TEXT[SQL_COUNT];\n'
    'extern const char *const SQL_STEPS[SQL_STEP_COUNT];\n'
    'extern const struct sql_check { enum sql sql; const char *name; } SQL_CHECKS[SQL_CHECK_COUNT];\n#endif\n')
pathlib.Path(out_source).write_text(
    '#include "sql.h"\n'
    'const char *const SQL_TEXT[SQL_COUNT] = {\n' + ''.join(f'    {quoted(embedded(p))},\n' for p in queries) + '};\n'
    'const char *const SQL_STEPS[SQL_STEP_COUNT] = {\n' + ''.join(f'    {quoted(embedded(p))},\n' for p in steps) + '};\n'
    'const struct sql_check SQL_CHECKS[SQL_CHECK_COUNT] = {\n'
    + ''.join(f'    {{{n}, "{n[10:].lower()}"}},\n' for n in checks) + '};\n')
