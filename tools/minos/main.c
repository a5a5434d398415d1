/*
 * The minos command: the words of every program, without services of its own; `minos run
 * config.yml` serves what the config's `modules:` bring.
 */
#include <minos/run.h>

int main(int argc, char **argv)
{
    static const minos_plugin plugin = {MINOS_PLUGIN("minos-command")};
    return minos_main_plugin(argc, argv, &plugin);
}
