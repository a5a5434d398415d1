/* Everything a service needs. */
#ifndef MINOS_MINOS_H
#define MINOS_MINOS_H

#include <minos/arena.h>
#include <minos/broker.h>
#include <minos/broker_builder.h>
#include <minos/broker_client.h>
#include <minos/broker_queue.h>
#include <minos/broker_validator.h>
#include <minos/codec.h>
#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/context.h>
#include <minos/cron.h>
#include <minos/db.h>
#include <minos/enroute.h>
#include <minos/error.h>
#include <minos/fiber.h>
#include <minos/http.h>
#include <minos/lock.h>
#include <minos/log.h>
#include <minos/message.h>
#include <minos/plugin.h>
#include <minos/request.h>
#include <minos/response.h>
#include <minos/route.h>
#include <minos/run.h>
#include <minos/service.h>
#include <minos/system.h>
#include <minos/time.h>
#include <minos/uuid.h>
#include <minos/value.h>
#include <minos/view.h>

#endif
