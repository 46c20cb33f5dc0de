"""What changes accounts: people and their links, sign-in, second factor, approvals, platforms."""

from staydown_web.accounts.services.approvals import (
    ask_approval,
    grant_approval,
    refuse_approval,
    use_approval,
)
from staydown_web.accounts.services.factor import (
    begin_factor,
    check_code,
    confirm_factor,
    renew_backup_codes,
)
from staydown_web.accounts.services.flaggers import add_flagger, end_flagger, renew_code
from staydown_web.accounts.services.keys import (
    KNOWN_SCOPES,
    Caller,
    authenticate,
    create_api_key,
    renew_api_key,
    revoke_api_key,
)
from staydown_web.accounts.services.people import (
    accept_invitation,
    change_role,
    change_team_lead,
    disable_user,
    enable_user,
    invite,
    renew_sign_in,
    save_preferences,
)
from staydown_web.accounts.services.platforms import save_platform
from staydown_web.accounts.services.sessions import (
    end_all_sessions,
    end_sessions,
    is_session_over,
    note_session,
)
from staydown_web.accounts.services.sign_in import check_password, sign_in_wait_s
from staydown_web.accounts.services.teams import make_team, open_team

__all__ = [
    "KNOWN_SCOPES",
    "Caller",
    "accept_invitation",
    "add_flagger",
    "ask_approval",
    "authenticate",
    "begin_factor",
    "change_role",
    "change_team_lead",
    "check_code",
    "check_password",
    "confirm_factor",
    "create_api_key",
    "disable_user",
    "enable_user",
    "end_all_sessions",
    "end_flagger",
    "end_sessions",
    "grant_approval",
    "invite",
    "is_session_over",
    "make_team",
    "note_session",
    "open_team",
    "refuse_approval",
    "renew_api_key",
    "renew_backup_codes",
    "renew_code",
    "renew_sign_in",
    "revoke_api_key",
    "save_platform",
    "save_preferences",
    "sign_in_wait_s",
    "use_approval",
]
