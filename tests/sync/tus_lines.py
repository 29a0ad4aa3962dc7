"""What every test of uploads says over HTTP."""

import base64

import httpx

from wire.protocol import CHUNK_MEDIA_TYPE

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": CHUNK_MEDIA_TYPE}


def metadata_header(package_id: str) -> str:
    """``Upload-Metadata`` of a package, with a name as foreign clients send one."""
    return "filename eA==,package_id " + base64.b64encode(package_id.encode()).decode()


def begin(line: httpx.Client, length: int, package_id: str = "a" * 64, **headers: str) -> httpx.Response:
    """Create an upload."""
    told = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata_header(package_id)}
    return line.post("/v1/uploads", headers={**told, **headers})


def offset_of(line: httpx.Client, place: str) -> int:
    """How many bytes are safe."""
    return int(line.head(place, headers=TUS).headers["Upload-Offset"])
