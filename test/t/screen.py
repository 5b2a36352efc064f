"""A terminal for the scenarios.

    screen.py FILE COMMAND…            runs it on a terminal of 80 columns ($COLUMNS_WANTED), what it writes into FILE;
                                       exits as it does
    screen.py --check FILE             exits 1 and names what a terminal could be led astray by
    screen.py --aligned FILE TITLE     exits 1 unless the figures below the column TITLE end where it ends
    screen.py --render FILE [COLUMNS]  the lines that would be seen, scrolled-off ones included
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import unicodedata

# What a progress bar may send: carriage return, erase, colours, cursor up, cursor shown or hidden, wrapping on or off.
FINE = re.compile(rb"\x1b\[(?:[0-2]?[JK]|[0-9;]*m|[0-9]*[ABCDG]|\?25[hl]|\?7[hl])")


def run(path, command):
    columns = int(os.environ.get("COLUMNS_WANTED", "80"))
    child, fd = pty.fork()
    if not child:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(path, "wb", buffering=0) as out:
        while True:
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            if not piece:
                break
            out.write(piece)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(path):
    with open(path, "rb") as f:
        seen = FINE.sub(b"", f.read())
    text = seen.decode("utf-8", "surrogateescape")
    bad = re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc80-\udcff].{0,12}", text)
    if bad:
        print("FAILED: a terminal could be led astray by", [ascii(b) for b in bad[:5]], file=sys.stderr)
    return 1 if bad else 0


def cells(line):
    """A character for each column: a wide one is followed by an empty one."""
    return [c for char in line for c in [char] + [""] * (unicodedata.east_asian_width(char) in "WF")]


def aligned(path, title):
    with open(path, encoding="utf-8") as f:
        lines = [cells(line.rstrip("\n")) for line in f]
    heads = [i for i, line in enumerate(lines) if title in "".join(line)]
    end = "".join(lines[heads[0]]).index(title) + len(title)
    rows = [line for line in lines[heads[0] + 1:-1] if any(line)]
    bad = [line for line in rows if not (line[end - 1].isdigit() and (line[end:end + 1] or [" "]) == [" "])]
    if bad or len(rows) < 2:
        print("FAILED: not aligned:", *("".join(line) for line in bad), file=sys.stderr)
    return 1 if bad or len(rows) < 2 else 0


def render(path, columns="80"):
    """A terminal as simple as it can be: text, wrapping, \\r, \\n, erase to the end of line or screen, cursor up."""
    with open(path, "rb") as f:
        data = f.read().decode("utf-8", "replace")
    rows, row, column, width = [[]], 0, 0, int(columns)
    for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|.|\n|\r", data):
        if token == "\n":
            row += 1
            if row == len(rows):
                rows.append([])
        elif token == "\r":
            column = 0
        elif token[0] == "\x1b":
            number = int(re.sub(r"\D", "", token) or 0)
            if token[-1] == "K":
                rows[row] = [] if number == 2 else rows[row][:column]
            elif token[-1] == "J":
                rows[row] = rows[row][:column]
                del rows[row + 1:]
            elif token[-1] == "A":
                row = max(0, row - (number or 1))
        else:
            if column == width:
                row, column = row + 1, 0
                if row == len(rows):
                    rows.append([])
            rows[row] += [" "] * (column - len(rows[row]))
            rows[row][column:column + 1] = [token]
            column += 1
    print("\n".join("".join(r).rstrip() for r in rows))
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        sys.exit(check(sys.argv[2]))
    if sys.argv[1] == "--aligned":
        sys.exit(aligned(*sys.argv[2:]))
    if sys.argv[1] == "--render":
        sys.exit(render(*sys.argv[2:]))
    sys.exit(run(sys.argv[1], sys.argv[2:]))
