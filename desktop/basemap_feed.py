"""One base map on the map: fetches the pieces a settled view needs, coarse first, off the window's thread."""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal, Slot

from core.errors import Cancelled
from core.progress import Progress
from desktop.map.backdrop import BLOCK_PX, COARSE_PX, Block, BlockGrid, intersection
from desktop.map.camera import Bounds, Camera
from desktop.map.images import PlacedImage
from desktop.tasks import Failure, Lane, Task, TaskRunner
from geodesy.systems import CoordinateSystem
from services.basemaps import Basemap, BasemapSource, RasterPicture


class BasemapFeed(QObject):
    """The pictures of one shown base map.

    ``changed`` says that ``images`` has become another; ``failed`` carries the error for which nothing more is
    fetched until ``retry``. ``is_too_far`` and ``damaged`` tell of the present view.
    """

    changed = Signal()
    failed = Signal(object)
    _arrived = Signal(object, object, object)

    def __init__(self, basemap: Basemap, home: CoordinateSystem, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self.basemap = basemap
        self.is_too_far = False
        self.damaged = 0
        self._home, self._runner = home, runner
        self._source: BasemapSource | None = None
        self._grid: BlockGrid | None = None
        self._blocks: dict[Block, PlacedImage | None] = {}
        self._coarse: PlacedImage | None = None
        self._stale: list[PlacedImage] = []
        self._task: Task | None = None
        self._count = 0
        self._is_broken = False
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_idle(self) -> bool:
        """Whether everything that the last view needs has come."""
        return self._task is None

    @property
    def images(self) -> list[PlacedImage]:
        """What there is to show, bottom first: what is left of the last scale, the coarse picture, the blocks."""
        opacity, is_above = self.basemap.opacity, self.basemap.is_above
        found = [*self._stale, *self._own_images()]
        return [replace(item, opacity=opacity, is_above=is_above) for item in found]

    def _own_images(self) -> list[PlacedImage]:
        """Return the pictures of the present scale."""
        coarse = [self._coarse] if self._coarse is not None else []
        return [*coarse, *(item for item in self._blocks.values() if item is not None)]

    def change(self, basemap: Basemap) -> None:
        """Show the same file otherwise."""
        self.basemap = basemap

    def ask(self, camera: Camera) -> None:
        """Fetch what a view needs and is not there; what is being fetched for another view is given up."""
        if self._is_broken:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        wanted = intersection(camera.bounds, self.basemap.bounds)
        begins = self._grid is None or not self._grid.fits(camera)
        if begins:
            self._begin(camera)
        grid = self._grid
        assert grid is not None
        self.is_too_far = False
        kept = grid.kept(self._blocks, camera.bounds)
        self._blocks = {block: item for block, item in self._blocks.items() if block in kept}
        missing = [] if wanted is None else [item for item in grid.blocks_over(wanted) if item not in self._blocks]
        if not missing:
            self._settle()
            return
        self._fetch(grid, missing, wanted if begins else None)

    def _begin(self, camera: Camera) -> None:
        """Go over to another scale; what is there is shown until the new pictures have come."""
        last = self._own_images() or self._stale
        self._stale = [item for item in last if intersection(item.bounds, camera.bounds)]
        self._grid, self._blocks, self._coarse = BlockGrid.under(camera), {}, None
        self.damaged = 0

    def _fetch(self, grid: BlockGrid, missing: list[Block], whole: Bounds | None) -> None:
        if self._source is None:
            self._source = BasemapSource(self.basemap, self._home)
        source, arrived = self._source, self._arrived

        def fetch(progress: Progress) -> None:
            if whole is not None and len(missing) > 1:
                wide, high = ((whole[2] - whole[0]), (whole[3] - whole[1]))
                step = COARSE_PX * grid.resolution
                size = max(1, round(wide / step)), max(1, round(high / step))
                arrived.emit(grid, whole, source.picture(whole, *size, progress=progress))
            for block in missing:
                progress.step(0)
                picture = source.picture(grid.bounds(block), BLOCK_PX, BLOCK_PX, progress=progress)
                arrived.emit(grid, block, picture)

        self._task = task = self._runner.start(fetch, lane=Lane.FILES)
        task.succeeded.connect(lambda _: self._finish(task))
        task.failed.connect(lambda failure: self._fail(task, failure))

    @Slot(object, object, object)
    def _take(self, grid: BlockGrid, where: Block | Bounds, picture: RasterPicture) -> None:
        """Take a picture that came: a block, or (by its bounds) the coarse one of all."""
        if grid is not self._grid:
            return
        self.is_too_far = self.is_too_far or picture.is_too_far
        self.damaged += picture.damaged
        is_empty = not picture.pixels[..., 3].any()
        self._count += 1
        name = f"{self.basemap.id}/{self._count}"
        if len(where) == 4:
            self._coarse = PlacedImage(name, picture.pixels, where) if self._task and not is_empty else None
        else:
            self._blocks[where] = None if is_empty else PlacedImage(name, picture.pixels, grid.bounds(where))
        self.changed.emit()

    def _finish(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self._settle()

    def _settle(self) -> None:
        """Let go of what the blocks now hide."""
        self._stale, self._coarse = [], None
        self.changed.emit()

    def _fail(self, task: Task, failure: Failure) -> None:
        if task is not self._task:
            return
        self._task = None
        if not isinstance(failure.error, Cancelled):
            self._is_broken = True
            self._stale, self._coarse = [], None
            self.failed.emit(failure)
            self.changed.emit()

    def retry(self) -> None:
        """Try again after a failure."""
        self._is_broken = False

    def close(self) -> None:
        """Give back the pictures, and the child process with its memory."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._grid = None
        self._blocks, self._stale, self._coarse = {}, [], None
        if self._source is not None:
            self._source.close()
            self._source = None
