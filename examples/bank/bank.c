/* bank.c: a program that has middleware too is told as a plugin's descriptor. */
#include "bank.h"

int main(int argc, char **argv)
{
    return minos_main_plugin(argc, argv, &bank_plugin);
}
