"""Every page of the province, as one router."""

from fastapi import APIRouter

from core.errors import UserError
from province.pages import administration, device_pages, entering, overview, package_pages, remark_pages
from province.pages.asking import Anyone, PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)
for part in (entering, overview, package_pages, remark_pages, device_pages, administration):
    router.include_router(part.router)


@router.get("/page/{rest:path}")
def nothing_here(_visitor: Anyone, rest: str) -> None:
    """Say of any other address that nothing is there, on a page."""
    raise UserError("NOT-FOUND", address=rest[:100])
