/*
 * The periodic port as the launcher sets it up.
 */
#ifndef MN_CRON_PORT_H
#define MN_CRON_PORT_H

#include <minos/cron.h>
#include <minos/plugin.h>

/* The row of `interfaces: periodic:`. */
extern const minos_port_ops mn_periodic_port_ops;

#endif
