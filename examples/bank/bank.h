/*
 * The bank: what may stand around a handler.
 */
#ifndef BANK_H
#define BANK_H

#include <minos/minos.h>

extern const minos_plugin bank_plugin;

#endif
