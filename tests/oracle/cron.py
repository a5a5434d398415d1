#!/usr/bin/env python3
"""Make tests/data/cron/next.tsv: what other cron libraries say the next fire of a pattern is.

Run by hand, once, with croniter 7.0.0, cronsim 2.8 and crontab 1.0.5 (the original's own) on the
path; the test replays the file. A row is kept only when every library that knows the pattern's
syntax gives the same moment, and at least one does; the last column names them. Asked of nobody:

- crontab, when both day fields restrict: it takes both, we take either (POSIX cron);
- croniter, when day of month restricts beside a weekday with L or #: it then takes both; and when a
  day field is `*/1`, which it counts as restricting, and we do not;
- crontab, for `7` in ranges and for `L` beside a restricted weekday, which it reads in its own way;
- cronsim, when a day field begins with `*` but restricts (`*/2`): it then takes both;
- any library past the last year that it can count to.
"""
import random
import re
import sys
import warnings
from datetime import datetime, timedelta, timezone

from croniter import croniter
from cronsim import CronSim
from crontab import CronTab

warnings.simplefilter("ignore")
EPOCH = datetime(1970, 1, 1)

HAND = """
* * * * *|*/5 * * * *|0 * * * *|*/15 * * * *|7 * * * *|59 23 31 12 *|0 0 1 1 *|0 0 29 2 *
0 0 31 * *|0 0 30 * *|30 4 1,15 * 5|0 22 * * 1-5|23 0-20/2 * * *|5 4 * * SUN|0 0,12 1 */2 *
0 4 8-14 * *|0 0 1,15 * 3|0 0 * * 0|0 0 * * 7|0 0 * * SUN|0 0 * JAN,JUL MON|15 2,5-7/2 * feb-apr Tue
0 0 L * *|0 0 L 2 *|0 0 15,L * *|0 12 L */3 *|0 0 * * 5L|0 0 * * 0L|0 0 * * 7L|30 6 * 2 1L
0 0 * * 2#1|0 0 * * MON#2|0 0 * * 5#5|0 0 * 2 3#4|0 0 * 2 3#5|0 0 * * 1#1,1#3|0 0 * * 0#1|0 0 * * 7#2
0 0 13 * 5|0 0 31 2,4,5 1|0 0 29 2 1|0 0 1 * 1-5|0 6 10-20/3 6 SAT,SUN|5/15 * * * *|0 3/7 * * *
0 0 10/5 * *|0 0 1 3/4 *|0-30/7 * * * *|1,2,3,58-59 * * * *|* * 29 2 *|* 23 L * *|59 23 L 12 *
0 0 29 2 0|0 0 29 2 5#5|0 0 30,31 2,3 *|0 0 31 4,6,9,11,12 *|0 0 */7 * *|0 0 */7 * 2|0 0 * */5 *
*/10 * * * * *|0 */5 * * * *|30 0 0 * * *|59 59 23 31 12 *|15-45/15 0 12 * * MON|1,2 3 4 5 6 *
0 0 0 L * *|7 7 7 7 7 7|0 0 0 29 2 *|5/20 * * * * *|0 0 0 * * 5L|0 0 0 * * 1#1|*/7 */7 */7 */7 */7 *
0 0 0 1 1 * 2030|0 0 0 29 2 * 2024-2060|30 30 12 * * 1 2050/5|0 0 0 L 2 * 2000-2099/4|*/30 * * * * * 2033
0 0 0 1 1 * 1970,1980,2099|59 59 23 31 12 * 2099|0 0 0 1 JAN/3 * 2011-2013
"""
MOMENTS = [
    datetime(1970, 1, 1), datetime(1972, 2, 28, 23, 59, 59), datetime(1999, 12, 31, 23, 59, 59),
    datetime(2000, 2, 28, 23, 59, 59), datetime(2000, 2, 29), datetime(2001, 2, 28, 12),
    datetime(2023, 12, 31, 23, 59), datetime(2024, 2, 29, 23, 59, 59), datetime(2026, 11, 23, 2, 20),
    datetime(2038, 1, 19, 3, 14, 7), datetime(2096, 2, 29), datetime(2096, 3, 1),
    datetime(2099, 12, 31, 23, 59, 58),
]


def random_field(rng, low, high, names=None):
    def value(v):
        return rng.choice([names[v - low], names[v - low].lower()]) if names and rng.random() < .4 else str(v)

    def item():
        kind = rng.random()
        if kind < .55:
            return value(rng.randint(low, high))
        a, b = sorted(rng.sample(range(low, high + 1), 2))
        text = f"{value(a)}-{value(b)}"
        return text if kind < .8 else f"{text}/{rng.randint(1, max(1, (b - a)))}"

    kind = rng.random()
    if kind < .3:
        return "*"
    if kind < .45:
        return f"*/{rng.randint(1, (high - low) // 2)}"
    return ",".join(item() for _ in range(rng.choice([1, 1, 1, 2, 3])))


def random_pattern(rng):
    months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
    days = "SUN MON TUE WED THU FRI SAT".split()
    day = random_field(rng, 1, 31)
    weekday = random_field(rng, 0, 6, days)
    kind = rng.random()
    if kind < .35:
        day = "*"
    elif kind < .7:
        weekday = "*"
    if rng.random() < .08:
        day = rng.choice(["L", "L", "10,L", "L,1"])
    elif rng.random() < .12:
        weekday = rng.choice([f"{rng.randint(0, 6)}L", f"{rng.choice(days)}#{rng.randint(1, 5)}",
                              f"{rng.randint(0, 6)}#{rng.randint(1, 5)}"])
    fields = [random_field(rng, 0, 59), random_field(rng, 0, 23), day,
              random_field(rng, 1, 12, months), weekday]
    if rng.random() < .3:
        fields.insert(0, random_field(rng, 0, 59))
        if rng.random() < .4:
            year = rng.randint(1971, 2095)
            fields.append(rng.choice(["*", str(year), f"{year}-{year + 4}", "*/4", f"{year},2098"]))
    return " ".join(fields)


def seven(pattern):
    fields = pattern.split()
    return (["0"] if len(fields) == 5 else []) + fields + ([] if len(fields) == 7 else ["*"])


def ask_croniter(fields, after):
    if fields[3] != "*" and re.search("[#L]", fields[5].upper()) or "*/1" in (fields[3], fields[5]):
        return None
    fields = [re.sub(r"\b(\d)L", r"L\1", f.upper()) for f in fields]
    fields[5] = re.sub(r"L7", "L0", fields[5])
    if fields[6] == "*":
        fields = fields[:6]
    return croniter(" ".join(fields), after, second_at_beginning=True,
                    max_years_between_matches=60).get_next(datetime)


def ask_cronsim(fields, after):
    day, weekday = fields[3], fields[5]
    odd = [f.startswith("*") and f not in ("*", "*/1") for f in (day, weekday)]
    if fields[6] != "*" or (any(odd) and day != "*" and weekday != "*"):
        return None
    return next(CronSim(" ".join(fields[:6]), after))


def ask_crontab(fields, after):
    if fields[3] != "*" and fields[5] != "*":
        return None
    if "#" in fields[5] or "7" in fields[5]:
        return None
    fields = [re.sub(r"\b(\d)L", r"L\1", f) for f in fields]
    found = CronTab(" ".join(fields)).next(after, default_utc=True, return_datetime=True)
    return found if found is not None and found.year < 2100 else None


def answers(pattern, after):
    given = {}
    for name, ask in (("croniter", ask_croniter), ("cronsim", ask_cronsim), ("crontab", ask_crontab)):
        try:
            found = ask(seven(pattern), after)
        except Exception:
            continue
        if found is not None:
            given[name] = found
    return given


def main():
    rng = random.Random(20261123)
    patterns = [p.strip() for line in HAND.split("\n") for p in line.split("|") if p.strip()]
    patterns += [random_pattern(rng) for _ in range(520)]
    rows, lost, differing = [], 0, []
    for number, pattern in enumerate(patterns):
        hand = number < len(patterns) - 520
        moments = MOMENTS if hand else rng.sample(MOMENTS, 2)
        moments = moments + [datetime(rng.randint(1970, 2095), rng.randint(1, 12), rng.randint(1, 28)) +
                             timedelta(seconds=rng.randint(0, 4 * 86400)) for _ in range(4)]
        for after in moments:
            given = answers(pattern, after)
            if not given:
                lost += 1
                continue
            if len(set(given.values())) != 1:
                differing.append((pattern, after, given))
                continue
            at = next(iter(given.values()))
            rows.append(f"{pattern}\t{int((after - EPOCH).total_seconds())}\t"
                        f"{int((at - EPOCH).total_seconds())}\t{','.join(given)}")
    print("# pattern, after, next fire (Unix seconds), libraries that agree; by tests/oracle/cron.py")
    print("\n".join(rows))
    print(f"{len(rows)} rows, {lost} unanswered, {len(differing)} differ", file=sys.stderr)
    for pattern, after, given in differing:
        print(pattern, after, {k: str(v) for k, v in given.items()}, file=sys.stderr)


if __name__ == "__main__":
    main()
