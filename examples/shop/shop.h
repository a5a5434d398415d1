/*
 * The shop: two services that know each other only by topics. Both run in one process here; the
 * config decides.
 */
#ifndef SHOP_H
#define SHOP_H

#include <minos/minos.h>

extern const minos_service order_service;
extern const minos_service stock_service;

#endif
