/*
 * The broker port as the launcher sees it.
 */
#ifndef MN_BROKER_PORT_H
#define MN_BROKER_PORT_H

#include <minos/plugin.h>

#include "broker/caller.h"

/*
 * `broker`: subscribes to the topics of all broker rows in the group of the config, and gives every
 * fiber of the loop minos_broker_request, _send and _publish, from setup to destroy.
 */
extern const minos_port_ops mn_broker_port_ops;

#endif
