"""What each command prints with ``--json``: closed models, from which docs/cli.md and its test are made."""

from typing import Any

from pydantic import TypeAdapter

from cli.printed.attachments import (
    AttachedDocument,
    AttachmentDocument,
    DetachedDocument,
    FactsDocument,
    FolderPhotosDocument,
    SavedFileDocument,
    StrippedDocument,
)
from cli.printed.basemaps import BasemapDocument, LaidDocument
from cli.printed.catalogue import (
    BuiltPackDocument,
    ExtractedFilesDocument,
    IssuerKeyDocument,
    LoadedPackDocument,
    RemovedPackDocument,
    StoredPackDocument,
    ToleranceDocument,
)
from cli.printed.changing import ChangedDocument, ChangeDocument, StepDocument
from cli.printed.conflicts import ConflictDocument, DecidedDocument
from cli.printed.coordinates import BookmarkDocument, CoordinatesDocument, PlaceDocument, SetGeometryDocument
from cli.printed.dossiers import AddedDocument, DossierDocument, DossierRowDocument
from cli.printed.field_files import (
    ExportDocument,
    ImportDocument,
    ImportsDocument,
    InspectDocument,
    ProfileDocument,
    RememberedDocument,
    RereadDocument,
)
from cli.printed.field_forms import FieldPackageDocument, FormDocument, SubmissionsDocument
from cli.printed.figures import FigureDocument
from cli.printed.fixing import FixableDocument, FixDocument
from cli.printed.records import ApproveDocument, CheckDocument, GradeDocument, RecordDocument, WaiverDocument
from cli.printed.remarks import RemarkDocument
from cli.printed.sending import (
    EnrolDocument,
    OfferedPackDocument,
    PackageDocument,
    SyncDocument,
    TakenReceiptDocument,
    VerifyDocument,
)
from cli.printed.traverses import TraverseDocument
from cli.printed.tt16 import DossierCheckDocument, DossierImportDocument, DossierPackageDocument
from cli.printed.units import CodesDocument, ReshapedDocument, UnitCountDocument, UnitDocument
from cli.printed.workspaces import BoundaryDocument, NewDocument, SelfTestDocument, TypeDocument

DOCUMENTS: dict[str, TypeAdapter[Any]] = {
    "unit": TypeAdapter(UnitDocument),
    "units": TypeAdapter(list[UnitCountDocument]),
    "codes": TypeAdapter(CodesDocument),
    "merge": TypeAdapter(ReshapedDocument),
    "split": TypeAdapter(list[ReshapedDocument]),
    "reshape": TypeAdapter(ChangedDocument),
    "offset": TypeAdapter(ChangedDocument),
    "simplify": TypeAdapter(ChangedDocument),
    "document": TypeAdapter(FactsDocument),
    "strip-place": TypeAdapter(StrippedDocument),
    "attach": TypeAdapter(AttachedDocument),
    "attachments": TypeAdapter(list[AttachmentDocument]),
    "save-attachment": TypeAdapter(SavedFileDocument),
    "detach": TypeAdapter(DetachedDocument),
    "attach-folder": TypeAdapter(FolderPhotosDocument),
    "set": TypeAdapter(ChangedDocument),
    "copy": TypeAdapter(ChangedDocument),
    "revert": TypeAdapter(ChangedDocument),
    "coordinates": TypeAdapter(CoordinatesDocument),
    "traverse": TypeAdapter(TraverseDocument),
    "locate": TypeAdapter(list[PlaceDocument]),
    "bookmarks": TypeAdapter(list[BookmarkDocument]),
    "set-geometry": TypeAdapter(SetGeometryDocument),
    "history": TypeAdapter(list[ChangeDocument]),
    "undo": TypeAdapter(StepDocument),
    "redo": TypeAdapter(StepDocument),
    "new": TypeAdapter(NewDocument),
    "boundary": TypeAdapter(BoundaryDocument),
    "types": TypeAdapter(list[TypeDocument]),
    "inspect": TypeAdapter(InspectDocument),
    "import": TypeAdapter(ImportDocument | ImportsDocument),
    "profiles": TypeAdapter(list[ProfileDocument]),
    "reread-text": TypeAdapter(RereadDocument),
    "remembered": TypeAdapter(list[RememberedDocument]),
    "list": TypeAdapter(list[RecordDocument]),
    "check": TypeAdapter(CheckDocument),
    "carry": TypeAdapter(list[str]),
    "receipt apply": TypeAdapter(TakenReceiptDocument),
    "remarks": TypeAdapter(list[RemarkDocument]),
    "conflicts": TypeAdapter(list[ConflictDocument]),
    "decide": TypeAdapter(DecidedDocument),
    "figures": TypeAdapter(list[FigureDocument]),
    "fix": TypeAdapter(FixDocument | list[FixableDocument]),
    "waive": TypeAdapter(list[WaiverDocument]),
    "waivers": TypeAdapter(list[WaiverDocument]),
    "dossiers": TypeAdapter(list[DossierRowDocument]),
    "dossier": TypeAdapter(DossierDocument),
    "add-document": TypeAdapter(AddedDocument),
    "export-dossier": TypeAdapter(DossierPackageDocument),
    "check-dossier": TypeAdapter(DossierCheckDocument),
    "import-dossier": TypeAdapter(DossierImportDocument),
    "grades": TypeAdapter(list[GradeDocument]),
    "approve": TypeAdapter(ApproveDocument),
    "package": TypeAdapter(PackageDocument | None),
    "verify-package": TypeAdapter(VerifyDocument),
    "enrol": TypeAdapter(EnrolDocument),
    "sync": TypeAdapter(SyncDocument),
    "export": TypeAdapter(ExportDocument),
    "xlsform": TypeAdapter(list[FormDocument]),
    "submissions": TypeAdapter(SubmissionsDocument),
    "qfield": TypeAdapter(FieldPackageDocument),
    "tolerances": TypeAdapter(list[ToleranceDocument]),
    "catalogue load": TypeAdapter(LoadedPackDocument),
    "catalogue list": TypeAdapter(list[StoredPackDocument]),
    "catalogue offered": TypeAdapter(list[OfferedPackDocument]),
    "catalogue take": TypeAdapter(list[LoadedPackDocument]),
    "catalogue remove": TypeAdapter(RemovedPackDocument),
    "catalogue new-key": TypeAdapter(IssuerKeyDocument),
    "catalogue build": TypeAdapter(BuiltPackDocument),
    "basemap add": TypeAdapter(BasemapDocument),
    "basemap lay": TypeAdapter(LaidDocument),
    "basemap list": TypeAdapter(list[BasemapDocument]),
    "catalogue extract": TypeAdapter(ExtractedFilesDocument),
    "self-test": TypeAdapter(list[SelfTestDocument]),
}
