"""What goes out about how an account stands."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands for its owner. `own_status` is what they chose, and counts once a suspension ends.

    `delete_at` is when it is erased as its owner wanted. While `status` is suspended: `sanction_id` says by which
    decision, `reason` why, `until` when it ends (null: never by itself), `expelled_at` when it is erased for good.
    """

    status: str
    own_status: str
    delete_at: datetime | None
    sanction_id: uuid.UUID | None
    reason: str
    until: datetime | None
    expelled_at: datetime | None
