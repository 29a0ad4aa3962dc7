"""Documents made by script: pictures with what cameras note, small PDFs, signed ones, archives."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

MAKER = b"MAYANH so 4711"
PLACE = (105.854, 21.0284722)


def camera_exif(*, orientation: int = 6, offset: str | None = None, taken: str = "2026:11:20 08:15:00") -> bytes:
    """An EXIF block of a photo taken at the Tortoise Tower, Hà Nội."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    details, where = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    details[0x9003] = taken
    details[0x927C] = MAKER
    if offset:
        details[0x9011] = offset
    where.update({1: "N", 2: (21.0, 1.0, 42.5), 3: "E", 4: (105.0, 51.0, 14.4), 5: b"\0", 6: 12.5})
    return exif.tobytes()


def picture(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """A picture with something in every corner: the top left is red."""
    found = Image.linear_gradient("L").resize((width, height)).convert(mode)
    if mode == "RGB":
        found.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return found


def jpeg(width: int = 400, height: int = 300, **options: object) -> bytes:
    out = io.BytesIO()
    picture(width, height).save(out, "JPEG", **options)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF: its size in points, words, and a JPEG drawn over all of it."""

    text: str = ""
    image: bytes | None = None
    pixels: tuple[int, int] = (0, 0)
    size: tuple[float, float] = (595.0, 842.0)


XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
    "<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>{level}</pdfaid:conformance>"
    "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def pdf(
    pages: Sequence[Page] = (Page("Quyet dinh phe duyet do an quy hoach chung xa Bac Quang"),),
    *,
    catalog: str = "",
    objects: Mapping[int, bytes] | None = None,
    xmp: str | None = None,
) -> bytes:
    """A PDF of ``pages``; ``objects`` (numbers from 900) and ``catalog`` entries are added as they stand."""
    made: dict[int, bytes] = {3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    kids, number = [], 10
    for page in pages:
        parts = []
        resources = "/Font<</F1 3 0 R>>"
        if page.image is not None:
            width, height = page.pixels
            made[number + 2] = _stream(
                f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8"
                "/ColorSpace/DeviceRGB/Filter/DCTDecode",
                page.image,
            )
            resources += f"/XObject<</I1 {number + 2} 0 R>>"
            parts.append(f"q {page.size[0]} 0 0 {page.size[1]} 0 0 cm /I1 Do Q")
        if page.text:
            parts.append(f"BT /F1 12 Tf 50 700 Td ({page.text}) Tj ET")
        made[number + 1] = _stream("", "\n".join(parts).encode("latin-1"))
        made[number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {page.size[0]} {page.size[1]}]"
            f"/Resources<<{resources}>>/Contents {number + 1} 0 R>>"
        ).encode()
        kids.append(f"{number} 0 R")
        number += 3
    made[2] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    if xmp:
        made[4] = _stream("/Type/Metadata/Subtype/XML", xmp.encode())
        catalog += "/Metadata 4 0 R"
    made[1] = f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode("latin-1")
    return _write({**made, **(objects or {})})


def object_stream(inner: bytes) -> bytes:
    """A compressed object stream that holds ``inner`` as its one object, number 950."""
    packed = zlib.compress(b"950 0 " + inner)
    return b"<</Type/ObjStm/N 1/First 6/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)


def _stream(entries: str, data: bytes) -> bytes:
    return f"<<{entries}/Length {len(data)}>>stream\n".encode() + data + b"\nendstream"


def _write(objects: Mapping[int, bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    begin, last = len(out), max(objects)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (last + 1, begin)
    return bytes(out)


def scanned_page(dpi: int, text: str = "") -> Page:
    """An A4 page that is one picture of ``dpi``."""
    pixels = (round(595 / 72 * dpi), round(842 / 72 * dpi))
    return Page(text, jpeg(*pixels, quality=20), pixels)


def locked_pdf(password: str, owner: str = "chu") -> bytes:
    """A PDF that asks for ``password``; an empty one only restricts."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf())))
    writer.encrypt(owner, password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Signer:
    """A self-signed identity."""

    signer: object
    certificate: bytes


def make_signer(name: str = "Nguyễn Văn Đức") -> Signer:
    from asn1crypto import keys, x509
    from cryptography import x509 as certificates
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = ec.generate_private_key(ec.SECP256R1())
    who = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        certificates.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(certificates.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            certificates.KeyUsage(True, True, False, False, False, True, True, False, False),  # noqa: FBT003
            critical=True,
        )
        .add_extension(certificates.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    der = made.public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(der),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
    return Signer(signer, der)


def sign_pdf(data: bytes, who: Signer, field: str = "ChuKy1", name: str | None = None) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, signers

    facts = PdfSignatureMetadata(field_name=field, name=name, md_algorithm="sha256")
    out = io.BytesIO()
    signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), facts, signer=who.signer, output=out)
    return out.getvalue()


def archive(entries: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in entries.items():
            made.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else compression)
    return out.getvalue()


def png_header(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims a size and holds ``data`` as its pixels."""
    found = b"\x89PNG\r\n\x1a\n"
    for name, content in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", data or zlib.compress(bytes(1000))),
        (b"IEND", b""),
    ):
        found += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return found


def compound_file(names: Sequence[str], root_class: bytes = bytes(16)) -> bytes:
    """An OLE compound file whose directory has ``names`` after its root."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", head, 44, 1)
    struct.pack_into("<I", head, 48, 1)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    count = -(-(len(names) + 1) // 4)
    chain = [0xFFFFFFFD, *range(2, count + 1), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    directory = b""
    for place, name in enumerate(["Root Entry", *names]):
        written = name.encode("utf-16-le")
        entry = written.ljust(64, b"\0") + struct.pack("<H", len(written) + 2) + bytes([5 if place == 0 else 2, 1])
        entry = entry.ljust(80, b"\xff") + (root_class if place == 0 else bytes(16))
        directory += entry.ljust(128, b"\0")
    return bytes(head) + table + directory.ljust(count * 512, b"\0")


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
