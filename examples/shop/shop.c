/* shop.c: the program that serves both. */
#include "shop.h"

int main(int argc, char **argv)
{
    return minos_main(argc, argv, MINOS_SERVICES(&order_service, &stock_service));
}
