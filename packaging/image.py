#!/usr/bin/env python3
"""The container image: image.py BUNDLE.tar.gz OUT makes OUT/docket-VERSION-oci.tar, of the bundle alone.

It is an OCI archive (image-spec 1.0: oci-layout, index.json, blobs) with the manifest.json that `docker load` of before OCI reads: the
same blobs under their paths. One layer: the bundle at the root, /data and an empty /tmp. The same bundle makes the same bytes."""
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile

from bundle import commit_time, tar_of

MEDIA = "application/vnd.oci.image."
PORT = 5000
# Nobody in particular, and no list of users is inside: `--user` may name any id.
USER = "10000:10000"
ENV = {
    "PATH": "/bin",
    "DOCKET_DATA": "/data",
    "DOCKET_LISTEN": "0.0.0.0",  # its port is $PORT's, or 5000
    "HOME": "/data",
    "LOGNAME": "docket",  # the owner of the queues, whatever the user id is
}
SECOND = 1_000_000_000  # healthcheck times are in ns


def layer_files(bundle):
    """The bundle's files at the root, and the two directories to write in: for any user id, hence modes like /tmp's."""
    files = {}
    with tarfile.open(bundle) as tar:
        for entry in tar:
            if entry.isfile():
                files[entry.name.partition("/")[2]] = (entry.mode, tar.extractfile(entry).read())
            elif entry.issym():
                files[entry.name.partition("/")[2]] = (entry.mode, entry.linkname)
    return files | {"data": (0o1777, None), "tmp": (0o1777, None)}


def config_of(version, created, layer_tar):
    return {
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": USER,
            "ExposedPorts": {f"{PORT}/tcp": {}},
            "Env": [f"{name}={value}" for name, value in ENV.items()],
            "Entrypoint": ["/bin/docket"],
            "Cmd": ["serve"],
            "Volumes": {"/data": {}},
            "WorkingDir": "/data",
            "StopSignal": "SIGTERM",
            "Healthcheck": {"Test": ["CMD", "/bin/docket", "health"], "Interval": 30 * SECOND, "Timeout": 5 * SECOND,
                            "StartPeriod": 10 * SECOND, "Retries": 3},
            "Labels": {
                "org.opencontainers.image.title": "docket",
                "org.opencontainers.image.description": "hands out work: a queue server with leases",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.created": created,
                "org.opencontainers.image.documentation": "/share/doc/README.md",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer_tar).hexdigest()]},
        "history": [{"created": created, "created_by": "packaging/image.py"}],
    }


class Blobs:
    """What an archive holds besides its lists, each by the hash of its bytes."""

    def __init__(self):
        self.files = {}

    def add(self, media, content):
        """Takes the bytes (or the object, as JSON); returns how a list refers to them."""
        if not isinstance(content, bytes):
            content = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = (0o644, content)
        return {"mediaType": MEDIA + media, "digest": f"sha256:{digest}", "size": len(content)}


def path_of(reference):
    return "blobs/" + reference["digest"].replace(":", "/")


def archive_files(version, when, layer_tar):
    blobs = Blobs()
    created = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    layer = blobs.add("layer.v1.tar+gzip", gzip.compress(layer_tar, 9, mtime=0))
    config = blobs.add("config.v1+json", config_of(version, created, layer_tar))
    manifest = blobs.add("manifest.v1+json", {"schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json", "config": config,
                                              "layers": [layer]})
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version, "io.containerd.image.name": f"docker.io/library/docket:{version}"}
    lists = {
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "index.json": {"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": [manifest]},
        "manifest.json": [{"Config": path_of(config), "RepoTags": [f"docket:{version}"], "Layers": [path_of(layer)]}],
    }
    return blobs.files | {name: (0o644, json.dumps(content).encode()) for name, content in lists.items()}


def main():
    bundle, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    version = re.fullmatch(r"docket-(.+)-linux-x86_64\.tar\.gz", bundle.name)[1]
    when = commit_time()
    archive = out / f"docket-{version}-oci.tar"
    content = tar_of(archive_files(version, when, tar_of(layer_files(bundle), "", when)), "", when)
    out.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(content)
    print(f"{archive}: {len(content) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
