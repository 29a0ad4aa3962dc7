"""A workspace put back to an older copy of itself: what its computer sent since then is fetched before anything goes.

The province knows the highest number of a package that arrived from this device. Where that is above every number of
the store, or a package is refused for a used number, the store is an older copy. Sent as it is, its changes would seem
older than what the computer said already: packages that the province does not have are taken apart, its records come
first, and what is edited here is merged with them or left to a person as ever. The numbers go on above the used ones.
"""

from core.errors import UserError
from core.messages import pack_label
from localdb import outbox
from localdb.keys import load_device, save_enrolment
from services.desk import Desk
from sync.client import GatewayClient


def count_forgotten(desk: Desk, client: GatewayClient) -> int:
    """Return how many packages of this computer the province has that came after the store's last; mostly none.

    A workspace that has never heard of the province asks nothing before its first package: if it is a copy from before
    its first round, that package's number is a used one. Where such a copy has caught up before, the numbers go on
    above the used ones, and so it asks.
    """
    has_caught_up = bool((load_device(desk.workspace.info.workspace_id).enrolment or {}).get("last_sequence"))
    with desk.reading() as connection:
        if outbox.fetch_pull_state(connection).epoch is None and not has_caught_up:
            return 0
        own = outbox.last_sequence(connection)
    return max(0, client.last_sequence() - own)


def take_back(desk: Desk, client: GatewayClient) -> None:
    """Number the next package above all that the province has, and take apart those that it cannot take any more."""
    workspace_id = desk.workspace.info.workspace_id
    enrolment = load_device(workspace_id).enrolment or {}
    save_enrolment(workspace_id, {**enrolment, "last_sequence": client.last_sequence()})
    with desk.reading() as connection:
        unanswered = [item for item in outbox.fetch_packages(connection) if item.receipt is None]
    for package in unanswered:
        if not _is_there(client, package.package_id):
            label = pack_label("WORK-TAKE-APART")
            outbox.withdraw_package(desk.workspace, package.package_id, actor=desk.actor, now=desk.now(), label=label)


def _is_there(client: GatewayClient, package_id: str) -> bool:
    try:
        return client.fetch_state(package_id).state not in ("receiving", "refused")
    except UserError as error:
        if error.context.get("gateway_code") != "PACKAGE-UNKNOWN":
            raise
        return False
