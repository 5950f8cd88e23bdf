"""Judges the planner of hosts: makes problems, has them planned, counts the cost of each plan plainly, and lets OR-Tools
prove what the least cost is.

    optimum.py PLANNER BEST          judges; BEST holds the least costs known
    optimum.py PLANNER BEST record   searches long, and writes BEST anew
"""

import json
import random
import subprocess
import sys
from typing import NamedTuple

from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

POINT = 100_000_000
# Cities, slots, how many in ten have a whole share (the others have half of one), and the limit of the cost.
SIZES = {
    "5x20": (5, 20, 8, 1),
    "12x60": (12, 60, 8, 1.02),
    "12x60_halves": (12, 60, 5, 1.02),
    "16x60_halves": (16, 60, 5, 1.02),
    "50x500": (50, 500, 8, 1.05),
}


class Problem:
    """Cities with an uneven past, of which a fifth cannot host in each slot, and a plan that stands."""

    def __init__(self, cities, slots, whole, seed):
        chance = random.Random(seed)
        self.cities, self.slots = range(cities), range(slots)
        self.weights = (100, 100, 50, 100)
        past = [chance.randrange(cities) if chance.random() < 0.5 else slot % cities for slot in range(2 * cities)]
        self.balance = [1000 * past.count(city) - 2000 for city in self.cities]
        self.last = [past[::-1].index(city) + 1 if city in past else 0 for city in self.cities]
        self.kilometres = [chance.randrange(10, 80) for _ in self.cities]
        self.share = [100 if chance.random() < whole / 10 else 50 for _ in self.cities]
        self.able = [[chance.random() >= 0.2 for _ in self.cities] for _ in self.slots]
        for able in self.able:
            able[chance.randrange(cities)] = True
        self.previous = [slot % cities for slot in self.slots]

    def written(self):
        numbers = [len(self.cities), len(self.slots), *self.weights]
        for city in self.cities:
            numbers += [self.balance[city], self.last[city], self.kilometres[city]]
        for slot in self.slots:
            numbers.append(self.previous[slot])
            for city in self.cities:
                numbers += [self.share[city], int(self.able[slot][city])]
        return " ".join(map(str, numbers))

    # What docs/rotation.md says, once more.

    def due(self, city, slot):
        """Thousandths of a turn that are due to a city up to a slot."""
        each = 10**9 * self.share[city] // sum(self.share)
        return ((slot + 1) * each + 500_000) // 1_000_000

    def balance_after(self, city, slot, turns):
        return self.balance[city] + 1000 * turns - self.due(city, slot)

    def squares(self, city, slot, turns):
        return self.weights[0] * self.balance_after(city, slot, turns) ** 2

    def off(self, city, slot, turns):
        """What it costs that a city has had so many turns up to a slot."""
        whole = abs(self.balance_after(city, slot, turns)) // 1000
        return self.squares(city, slot, turns) + 10_000 * POINT * whole

    def linear(self, city, slot):
        travel = POINT // 10_000 * self.kilometres[city] * self.weights[2]
        count = len(self.slots)
        moved = self.weights[3] * (POINT // 200) * (count + 3 * (count - slot)) // count
        return travel + (moved if self.previous[slot] != city else 0)

    def gap(self, city, one, other):
        even = 1000 * sum(self.share) // self.share[city]
        return self.weights[1] * (1000 * (other - one) - even) ** 2 + (1_000_000 * POINT if other - one == 1 else 0)

    def counted(self, turns):
        """How many turns each city has had after each slot."""
        had = [0] * len(self.cities)
        for slot, host in enumerate(turns):
            had[host] += 1
            yield from ((city, slot, had[city]) for city in self.cities)

    def cost(self, turns, gaps=True):
        """What a plan costs, with the gaps or without."""
        total = sum(self.off(*place) for place in self.counted(turns))
        last = [-ago if ago else None for ago in self.last]
        for slot, host in enumerate(turns):
            assert self.able[slot][host], "nobody hosts who cannot"
            total += self.linear(host, slot)
            if gaps and last[host] is not None:
                total += self.gap(host, last[host], slot)
            last[host] = slot
        return total


def least_without_gaps(problem):
    """The least cost without gaps, by a flow: each slot sends a turn into the counter of a city, the counters hand on
    what they have from slot to slot, and the cost of what one hands on grows ever faster."""
    flow = min_cost_flow.SimpleMinCostFlow()
    count = len(problem.slots)
    end = count * (1 + len(problem.cities))
    fixed = 0
    for slot in problem.slots:
        flow.set_node_supply(slot, 1)
        for city in problem.cities:
            counter = count * (1 + city) + slot
            if problem.able[slot][city]:
                flow.add_arc_with_capacity_and_unit_cost(slot, counter, 1, problem.linear(city, slot))
            costs = [problem.off(city, slot, turns) for turns in range(min(slot + 1, 40) + 1)]
            fixed += costs[0]
            for turns, cost in enumerate(costs[1:]):
                after = counter + 1 if slot + 1 < count else end
                flow.add_arc_with_capacity_and_unit_cost(counter, after, 1, cost - costs[turns])
    flow.set_node_supply(end, -count)
    status = flow.solve()
    assert status == flow.OPTIMAL, f"the flow is optimal, not {status}"
    return fixed + flow.optimal_cost()


def proven(problem, gaps):
    """The least cost, by CP-SAT: prefix counters for fairness, and a way through its slots for each city's gaps."""
    model = cp_model.CpModel()
    hosts = [[model.new_bool_var("") for _ in problem.cities] for _ in problem.slots]
    cost = []
    for slot in problem.slots:
        model.add_exactly_one(hosts[slot])
        for city in problem.cities:
            if not problem.able[slot][city]:
                model.add(hosts[slot][city] == 0)
            cost.append(problem.linear(city, slot) * hosts[slot][city])
    for city in problem.cities:
        had = 0
        for slot in problem.slots:
            counter = model.new_int_var(0, slot + 1, "")
            model.add(counter == had + hosts[slot][city])
            had = counter
            costs = [problem.off(city, slot, turns) for turns in range(slot + 2)]
            off = model.new_int_var(0, max(costs) - min(costs), "")
            # The cost grows ever faster, so it lies on the highest of the lines through its neighbours.
            for turns in range(slot + 1):
                rise = costs[turns + 1] - costs[turns]
                model.add(off >= costs[turns] - min(costs) + rise * (counter - turns))
            cost += [off, min(costs)]
        if gaps:
            cost += way(model, problem, city, [hosts[slot][city] for slot in problem.slots])
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = 100
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, f"CP-SAT proves an optimum, not {solver.status_name(status)}"
    turns = [next(city for city in problem.cities if solver.value(hosts[slot][city])) for slot in problem.slots]
    return problem.cost(turns, gaps)


def way(model, problem, city, hosts):
    """The gaps of a city: it goes from its last turn in the past from turn to turn, and out."""
    end = len(hosts)
    into = [[] for _ in range(end + 1)]
    cost = []
    for one in range(-1, end):
        steps = [model.new_bool_var("") for _ in range(one + 1, end + 1)]
        for other, step in zip(range(one + 1, end + 1), steps):
            into[other].append(step)
            before = one if one >= 0 else -problem.last[city]
            if other < end and (one >= 0 or problem.last[city]):
                cost.append(problem.gap(city, before, other) * step)
        model.add(sum(steps) == (1 if one < 0 else hosts[one]))
    for slot in range(end):
        model.add(sum(into[slot]) == hosts[slot])
    return cost


class Planned(NamedTuple):
    """A plan as the planner hands it over."""

    cost: int
    without_gaps: int
    milliseconds: int
    turns: list


def planned(planner, problem, *words):
    """What the planner finds, by name; with its costs counted again."""
    answer = subprocess.run([planner, *words], input=problem.written(), capture_output=True, text=True, check=True)
    plans = {}
    for line in answer.stdout.splitlines():
        name, cost, without, milliseconds, *turns = line.split()
        turns = [int(turn) for turn in turns]
        assert (int(cost), int(without)) == (problem.cost(turns), problem.cost(turns, gaps=False)), "costs are counted right"
        plans[name] = Planned(int(cost), int(without), int(milliseconds), turns)
    return plans


def main():
    planner, file, record = sys.argv[1], sys.argv[2], sys.argv[3:] == ["record"]
    with open(file) as best:
        known = json.load(best)
    for size, (cities, slots, whole, limit) in SIZES.items():
        ratios, milliseconds = [], []
        for seed in range(6):
            name, problem = f"{size}_{seed}", Problem(cities, slots, whole, seed)
            plans = planned(planner, problem, *(["long"] if record else []))
            exact = plans["without_gaps"].without_gaps
            assert least_without_gaps(problem) == exact, f"{name}: the assignment is exact"
            if cities == 5:
                assert proven(problem, gaps=False) == exact, f"{name}: the assignment is exact"
                least = proven(problem, gaps=True)
                assert known.setdefault(name, least) == least, f"{name}: what was recorded is the optimum"
            if record:
                found = min(plan.cost for plan in plans.values())
                known[name] = min(found, known.get(name, found))
            assert planned(planner, problem)["plan"].turns == plans["plan"].turns, "the same problem has the same plan"
            # Whole turns off that no plan avoids are the same in all, and would hide the rest.
            turns = plans["without_gaps"].turns
            common = sum(problem.off(*place) - problem.squares(*place) for place in problem.counted(turns))
            ratios.append((plans["plan"].cost - common) / (known[name] - common))
            milliseconds.append(plans["plan"].milliseconds)
        print(f"{size}: {max(ratios):.4f} of the least cost known at most, {max(milliseconds)} ms at most")
        assert record or max(ratios) <= limit, f"{size}: {limit} at most"
        print(f"ok {size}: the assignment is exact, the plan costs {limit} of the least known at most")
    if record:
        with open(file, "w") as best:
            json.dump(known, best, indent=1)
            best.write("\n")


main()
