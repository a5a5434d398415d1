/*
 * Views: see minos/view.h.
 */
#include <minos/view.h>

int minos_view_compare(minos_view a, minos_view b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}
