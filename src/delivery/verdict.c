/*
 * The table of outcomes: see verdict.h.
 */
#include "delivery/verdict.h"

#include "base/alloc.h"

const char *mn_outcome_name(mn_outcome_kind kind)
{
    static const char *const names[] = {
        [MN_OUTCOME_FAULT] = "fault", [MN_OUTCOME_OK] = "ok",     [MN_OUTCOME_REFUSED] = "refused",
        [MN_OUTCOME_RETRY] = "retry", [MN_OUTCOME_DEAD] = "dead", [MN_OUTCOME_DROP] = "drop",
    };
    return (size_t)kind < mn_count_of(names) ? names[kind] : "?";
}

minos_duration mn_backoff(int tries, uint32_t dice)
{
    minos_duration length = MN_DELIVERY_BACKOFF;

    for (int i = 1; i < tries && length < MN_DELIVERY_BACKOFF_MAX; i++)
        length *= 2;
    if (length > MN_DELIVERY_BACKOFF_MAX)
        length = MN_DELIVERY_BACKOFF_MAX;
    /* From 80 % to 120 % in steps of a thousandth of that span. */
    return length / 10 * 8 + length / 10 * 4 / 1000 * (dice % 1001);
}

mn_verdict mn_verdict_of(const mn_delivery_handler *handler, bool has_caller,
                         const mn_delivery_outcome *outcome, int tries, uint32_t dice)
{
    bool waits = has_caller && handler->kind != MINOS_KIND_EVENT;
    mn_verdict over = {.action = MN_ACTION_DELETE, .replies = waits};
    mn_verdict dead = {.action = MN_ACTION_BURY, .replies = waits};

    switch (outcome->kind) {
    case MN_OUTCOME_OK:
        over.sends = true;
        return over;
    case MN_OUTCOME_DROP:
        return over;
    case MN_OUTCOME_REFUSED:
        return waits ? over : dead;
    case MN_OUTCOME_DEAD:
        return dead;
    case MN_OUTCOME_RETRY:
        return (mn_verdict){.action = MN_ACTION_DELAY,
                            .after = outcome->after < 0 ? 0 : outcome->after};
    case MN_OUTCOME_FAULT:
        break;
    }
    if (waits && !handler->retry)
        return over;
    if (tries >= MN_DELIVERY_ATTEMPTS_MAX)
        return dead;
    return (mn_verdict){.action = MN_ACTION_DELAY, .after = mn_backoff(tries, dice)};
}
