"""What the phone says of offers, the open board, colleagues and breaks; a script fills in `{name}`."""

from __future__ import annotations

from flask_babel import gettext as _


def for_scripts() -> dict[str, str]:
    """Words by key."""
    return {
        "work_for_you": _("Work for you, if you like"),
        "work_asked": _("{name} asks whether you take this over"),
        "work_swap_asked": _("{name} takes {place} over if you take this"),
        "work_swap_waits": _("You offered {place} in return; until {time}. You may still say yes or no without it."),
        "work_answer_by": _("No hurry: until {time}. No answer is fine, too; it goes on to somebody else."),
        "work_answer_by_colleague": _("No hurry: until {time}. No answer is fine, too; it stays with {name}."),
        "work_minutes_left": _("{count} min left."),
        "work_last_minute": _("Less than a minute left."),
        "work_sending_yes": _("Your yes is on its way. It counts as soon as it gets through."),
        "work_sending_swap": _("Your answer is on its way: this one for one of yours."),
        "work_sending_no": _("All right. It goes on to somebody else."),
        "work_to_pickup": _("{time} · {distance} to the pickup"),
        "work_route": _("{distance} from door to door"),
        "work_drops": _("{place} and {count} more"),
        "work_asked_of": _("You asked {name}; until {time}"),
        "work_did_accept": _("It is yours."),
        "work_did_pick": _("It is yours."),
        "work_did_hand_back": _("Handed back. It goes on to somebody else."),
        "work_did_ask": _("Asked. It is yours until the answer comes."),
        "work_did_swap": _("Asked. Each keeps their own until the answer comes."),
        "work_did_withdraw": _("Taken back. It stays with you."),
        "work_handed_over": _("Off shift. Your open stops go on to your colleagues."),
        "work_on_board": _("Orders on the open board: {count}"),
        "push_arrived": _("Messages reach this phone."),
        "break_since": _("On a break since {time}"),
        "break_planned": _("A break of {time} is planned from about {from}."),
        "act_start_break": _("Break began"),
        "act_end_break": _("Break ended"),
        "act_accept": _("Yes to an offer"),
        "act_decline": _("No to an offer"),
        "act_pick": _("Picked from the open board"),
        "act_hand-back": _("Handed back"),
        "act_ask": _("Question"),
        "act_swap": _("Swap"),
        "act_withdraw": _("Question taken back"),
    }
