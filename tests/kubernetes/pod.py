"""A pod without Kubernetes: a folder stands for the container's root, a process for the container.
Its volumes are laid out as the kubelet lays them out, and its command is the manifest's."""

import pathlib
import re
from collections.abc import Mapping
from typing import Any

import harness
import manifests


class MountedFiles:
    """A mounted ConfigMap or Secret: each file is a link to a link to a folder, of which the one in
    the middle is swapped."""

    def __init__(self, folder: pathlib.Path, mode: int) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._mode = mode
        self._count = 0

    def update(self, files: Mapping[str, str]) -> None:
        """Swaps in other contents, all at once, and takes the old ones away."""
        self._count += 1
        data = self._folder / "..data"
        before = data.resolve() if data.exists() else None
        version = self._folder / f"..2026_01_31_12_00_00.{self._count}"
        version.mkdir()
        for name, text in files.items():
            (version / name).write_text(text)
            (version / name).chmod(self._mode)
            if not (self._folder / name).is_symlink():
                (self._folder / name).symlink_to(f"..data/{name}")
        link = self._folder / "..data_tmp"
        link.symlink_to(version.name)
        link.replace(data)
        if before:
            for file in before.iterdir():
                file.unlink()
            before.rmdir()


class Pod:
    """The only container of the objects that a folder makes.

    @param ordinal  of a StatefulSet's pod."""

    def __init__(
        self, objects: list[manifests.Manifest], folder: pathlib.Path, ordinal: int = 0
    ) -> None:
        self.root = folder / "root"
        self._objects = objects
        self._container = manifests.container(objects)
        self._labels = {"apps.kubernetes.io/pod-index": str(ordinal)}
        self.mounted: dict[str, MountedFiles] = {}
        places = {mount["name"]: mount for mount in self._container["volumeMounts"]}
        workload = manifests.workload(objects)
        for volume in manifests.pod_template(objects)["spec"]["volumes"]:
            self._mount(volume, places.pop(volume["name"]))
        for claim in workload["spec"].get("volumeClaimTemplates", []):
            self.path(places.pop(claim["metadata"]["name"])["mountPath"]).mkdir(parents=True)
        assert not places, f"mounts without a volume: {places}"

    def _mount(self, volume: dict[str, Any], mount: dict[str, Any]) -> None:
        # What is mounted by subPath is never swapped.
        assert "subPath" not in mount
        place = self.path(mount["mountPath"])
        if "configMap" in volume:
            files = MountedFiles(place, volume["configMap"].get("defaultMode", 0o644))
            config = manifests.find(self._objects, "ConfigMap", volume["configMap"]["name"])
            files.update(config["data"])
        elif "secret" in volume:
            files = MountedFiles(place, volume["secret"]["defaultMode"])
            files.update({"token": harness.TOKEN + "\n"})
        else:
            claim = volume["persistentVolumeClaim"]["claimName"]
            manifests.find(self._objects, "PersistentVolumeClaim", claim)
            place.mkdir(parents=True)
            return
        self.mounted[volume["name"]] = files

    def path(self, inside: str) -> pathlib.Path:
        return self.root / inside.lstrip("/")

    def _environment(self) -> dict[str, str]:
        return {
            one["name"]: one["value"] if "value" in one else self._field(one["valueFrom"])
            for one in self._container.get("env", [])
        }

    def _field(self, source: dict[str, Any]) -> str:
        match = re.fullmatch(r"metadata\.labels\['(.+)'\]", source["fieldRef"]["fieldPath"])
        assert match, source
        return self._labels[match[1]]

    def argv(self, *more: str, replaced: Mapping[str, str] | None = None) -> list[str]:
        """The command with its variables put in and its paths below the root; flags replaced, and more
        of them."""
        variables = self._environment()
        argv = [harness.installed("everai_exporter")]
        for argument in self._container["args"]:
            argument = re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], argument)
            flag, equals, value = argument.partition("=")
            if value.startswith("/"):
                value = str(self.path(value))
            argv.append(flag + equals + value)
        for old, new in (replaced or {}).items():
            argv[argv.index(old)] = new
        return [*argv, *more]


class Running(harness.Process):
    """A pod's exporter as a process, on a port of its own, with a platform of the test's."""

    def __init__(
        self,
        folder: pathlib.Path,
        pod: Pod,
        platform: str,
        replaced: Mapping[str, str] | None = None,
    ) -> None:
        more = ["--web.listen-address=127.0.0.1:0", f"--api.endpoint={platform}"]
        super().__init__(
            "exporter", pod.argv(*more, replaced=replaced), folder, harness.environment()
        )
        self.port = int(self.wait_for_log(r"port=(\d+)")[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def page(self) -> harness.Page:
        return harness.Page(harness.fetch(self.url + "/metrics").text)
