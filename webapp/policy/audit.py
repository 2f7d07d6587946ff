"""The record of what is done in the name of the site: written in the transaction of what it tells, never changed.

The application's database role may only read it and add to it, and a trigger refuses changes from any role.
"""

import uuid
from typing import Any

from sqlalchemy import insert

from webapp.core import clock, db, log
from webapp.models import AuditEntry
from webapp.visibility import Viewer


def write(
    actor: Viewer | None,
    action: str,
    target_type: str,
    target_id: object,
    *,
    user_id: uuid.UUID | None = None,
    reason: str = "",
    **facts: Any,
) -> None:
    """Write down what somebody (None: the clock) did, to what, whom it concerns, and why.

    `facts` are JSON: what was before and after. They name ids, never what people wrote, nor names: this stays for ever.
    """
    db.execute(
        insert(AuditEntry.__table__).values(
            at=clock.now(), actor_id=actor and actor.id, action=action, target_type=target_type,
            target_id=str(target_id), user_id=user_id, reason=reason, facts=facts,
            request_id=log.context().get("request_id"),
        )
    )  # fmt: skip
