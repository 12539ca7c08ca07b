"""The quadratic programme of one node of a blend's branch and bound: active sets, and a bound whatever they reached."""

import numpy as np

from taut._jit import compiled, float64, int64, read_only

RIDGE = 1e-13
"""Of the largest diagonal entry, added to the matrix that is factored: singular pieces get a long, downhill step."""

SMALL = 1e-14
"""Of the largest slope: a multiplier below is rounding."""

EXACT = 2e-15
"""Of the total: a sum this close is the total; spreading the rest over all items would make every one a part."""

LEVEL = 1e-14
"""Of the largest slope: free items whose slopes differ by less are level."""

REFINED = 5
"""Newton steps with the same free items, at most: the later ones repair the rounding of the first."""

VECTOR, MATRIX, NUMBERS = float64[::1], read_only("float64", 2), read_only("float64", 1)

helper = compiled(inline=True)


@helper
def _image(rows, w, image):
    """Write image = Σ w_i rows[i]."""
    image[:] = 0.0
    for i in range(len(w)):
        if w[i] != 0.0:
            for j in range(rows.shape[1]):
                image[j] += w[i] * rows[i, j]


@helper
def _gradient(rows, high, image, gradient):
    """Write gradient_i = rows[i]·image of the items that may be in."""
    size = rows.shape[1]
    for i in range(len(gradient)):
        gradient[i] = 0.0
        if high[i] > 0.0:
            a = b = c = d = 0.0  # four sums at a time
            for j in range(0, size - 3, 4):
                a += rows[i, j] * image[j]
                b += rows[i, j + 1] * image[j + 1]
                c += rows[i, j + 2] * image[j + 2]
                d += rows[i, j + 3] * image[j + 3]
            for j in range(size - size % 4, size):
                a += rows[i, j] * image[j]
            gradient[i] = (a + b) + (c + d)


@helper
def _slope(i, w, upward, curve, slope, low, kink):
    """The one-sided derivative of φ_i: slope on [low, kink], curve·w beyond."""
    below = w[i] < kink[i] or (not upward and w[i] == kink[i])
    return slope[i] if below and kink[i] > low[i] else curve[i] * w[i]


@helper
def _solved(matrix, first, second, size):
    """Factor matrix = L Lᵀ in place and solve it for both right-hand sides, in place."""
    for j in range(size):
        for k in range(j):
            left = matrix[j, k]
            for i in range(j, size):
                matrix[i, j] -= matrix[i, k] * left
        root = np.sqrt(max(matrix[j, j], 1e-300))
        for i in range(j, size):
            matrix[i, j] /= root
    for j in range(size):
        for k in range(j):
            first[j] -= matrix[j, k] * first[k]
            second[j] -= matrix[j, k] * second[k]
        first[j] /= matrix[j, j]
        second[j] /= matrix[j, j]
    for j in range(size - 1, -1, -1):
        for k in range(j + 1, size):
            first[j] -= matrix[k, j] * first[k]
            second[j] -= matrix[k, j] * second[k]
        first[j] /= matrix[j, j]
        second[j] /= matrix[j, j]


@helper
def _newton_step(free, size, gram, ridge, full, level, curve, high, matrix, step, ones):
    """Write the step of the free items that keeps their sum and would level their slopes.

    What the slopes have in common drops out of it, and is left out first: it may be much larger than their differences.
    """
    for a in range(size):
        i = free[a]
        for b in range(a + 1):
            matrix[a, b] = gram[i, free[b]]
        matrix[a, a] += ridge + (curve[i] if high[i] else 0.0)
        step[a], ones[a] = level - full[i], 1.0
    _solved(matrix, step, ones, size)
    top = bottom = 0.0
    for a in range(size):
        top += step[a]
        bottom += ones[a]
    for a in range(size):
        step[a] -= top / bottom * ones[a]
    top = 0.0
    for a in range(size):
        top += step[a]
    for a in range(size):  # an ill-conditioned matrix leaves a remainder
        step[a] -= top / size


@helper
def _moved(rows, free, size, w, image, step, low, kink, upper, high):
    """Move the free items until the first meets the end of its piece; return which, or -1 after the whole step.

    The image moves along: so what rounding put into it is levelled out too, and a tiny residual keeps its digits.
    """
    share, met = 1.0, -1
    for a in range(size):
        i = free[a]
        bottom, top = (kink[i], upper[i]) if high[i] else (low[i], kink[i])
        room = top - w[i] if step[a] > 0.0 else bottom - w[i]
        if abs(step[a]) * share > abs(room):
            share, met = room / step[a], a
    for a in range(size):
        w[free[a]] += share * step[a]
        for j in range(len(image)):
            image[j] += share * step[a] * rows[free[a], j]
    if met >= 0:
        i = free[met]
        if step[met] > 0.0:
            w[i] = upper[i] if high[i] else kink[i]
        else:
            w[i] = kink[i] if high[i] else low[i]
        return i
    return -1


@helper
def _released(w, gradient, full, curve, slope, low, kink, upper, loose, high, size, level, allowed):
    """Free the item whose slope differs most from the free ones' level the wrong way, or a pair where none is free.

    Return whether there was one, and the level.
    """
    rise, fall, riser, faller = np.inf, -np.inf, -1, -1
    for i in range(len(w)):
        if not loose[i]:
            if w[i] < upper[i] and full[i] < rise:
                rise, riser = full[i], i
            down = gradient[i] + _slope(i, w, False, curve, slope, low, kink)
            if w[i] > low[i] and down > fall:
                fall, faller = down, i
    if size == 0:
        if riser >= 0 and faller >= 0:
            level = 0.5 * (rise + fall)
        elif riser >= 0 or faller >= 0:
            level = rise if riser >= 0 else fall
        else:  # no item has any room, so any level proves the same
            level = 0.0
        up = falls = riser >= 0 and faller >= 0 and fall - rise > allowed
    else:
        up = riser >= 0 and level - rise > allowed and level - rise >= fall - level
        falls = not up and faller >= 0 and fall - level > allowed
    if up:
        loose[riser], high[riser] = True, w[riser] >= kink[riser]
    if falls:
        loose[faller], high[faller] = True, w[faller] > kink[faller]
    return up or falls, level


@helper
def _minimum(rows, gram, curve, slope, low, kink, upper, most, w, image, gradient):
    """Minimise ½‖Σ w_i rows_i‖² + Σ φ_i(w_i) over low ≤ w ≤ upper, Σ w as it is, from w, in place; return μ.

    φ_i has the slope ``slope[i]`` on [low, kink] and ``curve[i]·w`` beyond; gram = rows rowsᵀ. A step is Newton's
    on the items inside a piece; one that meets the end of its piece stays until its multiplier has the wrong sign.
    """
    n = len(w)
    free, high, loose = np.empty(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    full, step, ones, matrix = np.empty(n), np.empty(n), np.empty(n), np.empty((n, n))
    largest = 0.0
    for i in range(n):
        largest = max(largest, gram[i, i] + curve[i])
        loose[i] = low[i] < w[i] < upper[i] and w[i] != kink[i]
        high[i] = w[i] > kink[i]
    level, steps = 0.0, 0
    _image(rows, w, image)
    for _ in range(most):
        _gradient(rows, upper, image, gradient)
        size, scale = 0, 1e-300
        for i in range(n):
            full[i] = gradient[i] + _slope(i, w, True, curve, slope, low, kink)
            scale = max(scale, abs(gradient[i]) + abs(slope[i]))
            if loose[i]:
                free[size] = i
                size += 1
        spread = 0.0
        if size:
            smallest, greatest = full[free[0]], full[free[0]]
            for a in range(1, size):
                smallest, greatest = min(smallest, full[free[a]]), max(greatest, full[free[a]])
            level, spread = 0.5 * (smallest + greatest), greatest - smallest
        if size > 1 and steps < REFINED and (steps == 0 or spread > LEVEL * scale):
            _newton_step(free, size, gram, RIDGE * largest, full, level, curve, high, matrix, step, ones)
            met = _moved(rows, free, size, w, image, step, low, kink, upper, high)
            steps += 1
            if met >= 0:
                loose[met], steps = False, 0
            continue
        steps = 0
        allowed = max(SMALL * scale, 2.0 * spread)
        freed, level = _released(w, gradient, full, curve, slope, low, kink, upper, loose, high, size, level, allowed)
        if not freed:
            break
    _gradient(rows, upper, image, gradient)
    return level


@helper
def _pieces(lower, upper, curve, role, price, slope, low, kink, high):
    """Write the convex envelope of price·[w > 0] + ½ curve w² on {0} ∪ [lower, upper]: straight, then curved."""
    for i in range(len(role)):
        low[i] = lower[i] if role[i] > 0 else 0.0
        high[i] = upper[i] if role[i] >= 0 else 0.0
        slope[i], kink[i] = 0.0, low[i]
        if role[i] == 0 and (curve[i] > 0.0 or price > 0.0):
            kink[i] = upper[i]
            if curve[i] > 0.0:
                kink[i] = min(max(np.sqrt(2.0 * price / curve[i]), lower[i]), upper[i])
            if kink[i] > 0.0:
                slope[i] = price / kink[i] + 0.5 * curve[i] * kink[i]


@helper
def _restored(w, low, high, total):
    """Bring w into its bounds and to its sum: first by the items inside their bounds, then by all."""
    short = total
    for i in range(len(w)):
        w[i] = min(max(w[i], low[i]), high[i])
        short -= w[i]
    for inside in (True, False, False):
        room = 0.0
        for i in range(len(w)):
            if not inside or low[i] < w[i] < high[i]:
                room += high[i] - w[i] if short > 0.0 else w[i] - low[i]
        if room <= 0.0 or abs(short) <= EXACT * total:
            continue
        share = min(1.0, abs(short) / room)
        rest = total
        for i in range(len(w)):
            if not inside or low[i] < w[i] < high[i]:
                w[i] += share * (high[i] - w[i]) if short > 0.0 else -share * (w[i] - low[i])
                w[i] = min(max(w[i], low[i]), high[i])
            rest -= w[i]
        short = rest


@helper
def _best_value(price, curve, lower, upper):
    """The minimum of price·w + ½ curve w² over [lower, upper], and where it is."""
    at = lower if price >= 0.0 else upper
    if curve > 0.0:
        at = min(max(-price / curve, lower), upper)
    return price * at + 0.5 * curve * at * at, at


@helper
def _dual_value(image, gradient, curve, lower, upper, role, room, total, level, values, places):
    """The bound at one multiplier, its derivative there, and how many items it would take in."""
    bound, derivative, used = level * total, total, 0
    for j in range(len(image)):
        bound -= 0.5 * image[j] * image[j]
    for i in range(len(gradient)):
        if role[i] >= 0:
            value, at = _best_value(gradient[i] - level, curve[i], lower[i], upper[i])
            if role[i] > 0:
                bound += value
                derivative -= at
            elif value < 0.0:
                values[used], places[used] = value, at
                used += 1
    for a in range(min(used, room)):
        if used > room:  # the most negative first
            for b in range(a + 1, used):
                if values[b] < values[a]:
                    values[a], values[b] = values[b], values[a]
                    places[a], places[b] = places[b], places[a]
        bound += values[a]
        derivative -= places[a]
    return bound, derivative, used


@helper
def _bound(image, gradient, curve, lower, upper, role, room, total, level):
    """The best bound over μ, which is concave in it, from a good first μ; and that μ."""
    values, places = np.empty(len(role)), np.empty(len(role))
    bound, slope, used = _dual_value(image, gradient, curve, lower, upper, role, room, total, level, values, places)
    best, width, at = level, 1e-3 * max(abs(level), 1e-300), level
    if used <= room:
        return bound, best
    left, right = level, level
    for _ in range(20):  # enclose the top
        at = at + width if slope > 0.0 else at - width
        value, now, _ = _dual_value(image, gradient, curve, lower, upper, role, room, total, at, values, places)
        left, right = min(left, at), max(right, at)
        if value > bound:
            bound, best = value, at
        if (now > 0.0) != (slope > 0.0):
            break
        width *= 4.0
    for _ in range(20):
        at = 0.5 * (left + right)
        value, now, _ = _dual_value(image, gradient, curve, lower, upper, role, room, total, at, values, places)
        if value > bound:
            bound, best = value, at
        if now > 0.0:
            left = at
        else:
            right = at
    return bound, best


@compiled(
    float64(
        *(MATRIX, MATRIX, NUMBERS, NUMBERS, NUMBERS, read_only("int64", 1)),
        *(int64, float64, float64, int64, VECTOR, VECTOR, VECTOR, VECTOR),
    )
)
def blend_node(rows, gram, curve, lower, upper, role, room, total, price, most, w, image, gradient, dual):
    """A lower bound of ½‖Σ w_i rows_i‖² + ½ Σ curve_i w_i² over the blends of a node, from a minimum over their hull.

    A blend of the node has w_i = 0 where role is −1, lower ≤ w_i ≤ upper where it is 1, either where it is 0, at most
    ``room`` of these in, and Σ w_i = total. From w in at most ``most`` steps, each part costing ``price``, the minimum
    is written to w, Σ w_i rows_i to image, its products with the rows to gradient, and to dual the μ of the bound and
    the number of undecided parts, fractions counted. By weak duality the bound is valid whatever w was reached.
    """
    n = len(w)
    slope, low, kink, high = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    _pieces(lower, upper, curve, role, price, slope, low, kink, high)
    _restored(w, low, high, total)
    level = _minimum(rows, gram, curve, slope, low, kink, high, most, w, image, gradient)
    parts = 0.0
    for i in range(n):
        if role[i] == 0 and w[i] > 0.0:
            parts += min(1.0, w[i] / (kink[i] if kink[i] > 0.0 else upper[i]))
    bound, level = _bound(image, gradient, curve, lower, upper, role, room, total, level)
    dual[0], dual[1] = level, parts
    return bound
