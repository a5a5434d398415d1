/*
 * What is done with a row after a run: the table of outcomes.
 */
#ifndef MN_DELIVERY_VERDICT_H
#define MN_DELIVERY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "delivery/delivery.h"

typedef enum mn_action { MN_ACTION_DELETE, MN_ACTION_DELAY, MN_ACTION_BURY } mn_action;

typedef struct mn_verdict {
    mn_action action;
    bool replies;         /* the outcome's reply goes out, when it has one */
    bool sends;           /* what the handler sent goes out */
    minos_duration after; /* of DELAY */
} mn_verdict;

/*
 * Judge a run. `tries` counts the row's runs since it was stored or requeued, this one included;
 * `dice` is random.
 */
mn_verdict mn_verdict_of(const mn_delivery_handler *handler, bool has_caller,
                         const mn_delivery_outcome *outcome, int tries, uint32_t dice);
/* The delay before the run after the `tries`th: 1 s doubled up to 5 min, ± 20 %. */
minos_duration mn_backoff(int tries, uint32_t dice);
/* "ok", "fault", …; as stored. */
const char *mn_outcome_name(mn_outcome_kind kind);

#endif
