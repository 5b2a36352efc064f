#!/usr/bin/env python3
"""The portable bundle: bundle.py BUILD OUT makes OUT/docket-VERSION-linux-x86_64.tar.gz of a release build.

Inside is one directory: bin/docket (launch.c, static), lib/ (the program, the loader and every library that ldd names, C library
included), share/ (manual, completion, texts, the copyrights of what is inside). The same tree makes the same bytes: names
are sorted, nobody owns anything, every time is that of the last commit."""
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent
LOADER = "ld-linux-x86-64.so.2"
# What only modules of the machine's name service ask for: those built for a C library before 2.34 still name these.
ALSO = ["libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2"]
# The loader reads this file whatever it is told. What an administrator lists there is made for the machine's C library, and
# one that is newer than ours would end us; our loader looks at a name that no file can have.
PRELOAD_FILE, NO_FILE = b"/etc/ld.so.preload\0", b"/dev/null/preload\0\0"
TEXTS = ["README.md", "doc/ARCHITECTURE.md", "doc/PROTOCOL.md", "doc/INSTALL.md", "doc/FROM-QDO.md"]
# {link: what it points to}: the name that scripts for qdo call, and its completion.
LINKS = {"bin/qdo": "docket", "share/bash-completion/completions/qdo": "docket"}


def said_by(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def version_of(build):
    return json.loads((build / "meson-info/intro-projectinfo.json").read_text())["version"]


def commit_time():
    return int(os.environ.get("SOURCE_DATE_EPOCH") or said_by("git", "log", "-1", "--format=%ct", cwd=TREE))


def libraries_of(program):
    """{name: path} of what the program is linked to, the loader among them."""
    found = {}
    for line in said_by("ldd", program).splitlines():
        match = re.match(r"\s*(\S+)(?: => (\S+))? \(0x", line)
        if "not found" in line:
            sys.exit(f"bundle.py: {line.strip()}")
        if match and (match[2] or match[1].startswith("/")):
            path = pathlib.Path(match[2] or match[1])
            found[path.name] = path
    libc_dir = found["libc.so.6"].parent
    return found | {name: libc_dir / name for name in ALSO}


def package_of(path):
    """The Debian package that has the file: dpkg knows it below /usr or not, by the age of the package."""
    real = str(path.resolve())
    names = {str(path), real, real.removeprefix("/usr"), "/usr" + str(path)}
    for name in sorted(names):
        result = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
        if result.returncode == 0:
            return result.stdout.split(":")[0]
    sys.exit(f"bundle.py: no package has {path}, so its copyright is not known")


def stripped(path, scratch):
    out = scratch / "stripped"
    subprocess.run(["strip", "--strip-unneeded", "-o", out, path], check=True)
    return out.read_bytes()


def compiled_launcher(scratch):
    out = scratch / "launch"
    subprocess.run(["cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O2", "-static", "-s", "-o", out, "launch.c"], cwd=HERE, check=True)
    return out.read_bytes()


def our_loader(path):
    """The machine's loader, which asks for nothing that the machine preloads."""
    code = path.read_bytes()
    if code.count(PRELOAD_FILE) != 1:
        sys.exit(f"bundle.py: {path} names {PRELOAD_FILE[:-1].decode()} {code.count(PRELOAD_FILE)} times, not once")
    return code.replace(PRELOAD_FILE, NO_FILE)


def libraries_text(packages):
    """Which library is from which package: whoever wants a source finds it by this."""
    lines = ["The libraries in lib/ are those of Debian 12, byte for byte, but for the loader, in which the name of the file",
             "/etc/ld.so.preload is replaced. Their sources, by the versions below: https://snapshot.debian.org/", ""]
    for package, names in sorted(packages.items()):
        source, version = said_by("dpkg-query", "-W", "-f", "${source:Package} ${source:Version}\n", package).splitlines()[0].split()
        lines.append(f"{package}: source {source} {version}: {' '.join(sorted(names))}")
    return "\n".join(lines) + "\n"


def add_licences(files, libraries):
    packages = {}
    for name, path in libraries.items():
        packages.setdefault(package_of(path), []).append(name)
    for package in packages:
        files[f"share/doc/copyright/{package}"] = (0o644, pathlib.Path("/usr/share/doc", package, "copyright").read_bytes())
    files["share/doc/LIBRARIES"] = (0o644, libraries_text(packages).encode())
    copyrights = b"".join(text for _, text in files.values())
    for licence in sorted(pathlib.Path("/usr/share/common-licenses").iterdir()):
        if f"common-licenses/{licence.name}".encode() in copyrights:
            files[f"share/doc/copyright/common-licenses/{licence.name}"] = (0o644, licence.read_bytes())


def add_texts(files, build):
    for page in sorted((build / "doc").glob("*.[15]")):
        files[f"share/man/man{page.suffix[1]}/{page.name}"] = (0o644, page.read_bytes())
    files["share/bash-completion/completions/docket"] = (0o644, (build / "doc/docket").read_bytes())
    for text in TEXTS:
        if (TREE / text).exists():
            files[f"share/doc/{text}"] = (0o644, (TREE / text).read_bytes())


def contents(build):
    """{path: (mode, bytes)} of everything inside; of a link, what it points to as a text."""
    program, files = build / "src/cli/docket", {}
    libraries = libraries_of(program)
    add_licences(files, libraries)
    add_texts(files, build)
    for name, path in libraries.items():
        files[f"lib/{name}"] = (0o644, path.read_bytes())
    files[f"lib/{LOADER}"] = (0o755, our_loader(libraries[LOADER]))
    with tempfile.TemporaryDirectory() as scratch:
        files["lib/docket"] = (0o755, stripped(program, pathlib.Path(scratch)))
        files["bin/docket"] = (0o755, compiled_launcher(pathlib.Path(scratch)))
    return files | {link: (0o777, target) for link, target in LINKS.items()}


def with_directories(files):
    """Every path, directories (bytes None) before what they hold."""
    entries = dict(files)
    for path in files:
        for parent in pathlib.PurePath(path).parents:
            if str(parent) != ".":
                entries[str(parent)] = (0o755, None)
    return sorted(entries.items())


def tar_of(files, prefix, when):
    """A tar of them: sorted, of nobody, of one time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, (mode, content) in with_directories(files):
            entry = tarfile.TarInfo(prefix + path)
            entry.mode, entry.mtime = mode, when
            if isinstance(content, str):
                entry.type, entry.linkname, content = tarfile.SYMTYPE, content, b""
            elif content is None:
                entry.type, content = tarfile.DIRTYPE, b""
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def main():
    build, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    name = f"docket-{version_of(build)}"
    archive = out / f"{name}-linux-x86_64.tar.gz"
    packed = gzip.compress(tar_of(contents(build), name + "/", commit_time()), 9, mtime=0)
    out.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(packed)
    print(f"{archive}: {len(packed) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
