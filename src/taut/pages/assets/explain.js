"use strict";
(() => {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const byId = (id) => document.getElementById(id);
  const zeros = (n, k) => Array.from({ length: n }, () => new Array(k).fill(0));
  const map = (A, f) => A.map((row, i) => row.map((value, j) => f(value, i, j)));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const largest = (A) => A.reduce((most, row) => row.reduce((top, v) => Math.max(top, Math.abs(v)), most), 0);
  const copy = (A) => (A === null || A === undefined ? A : A.map((row) => row.slice()));
  const weights = facts.weights || new Array(facts.rows).fill(1);
  const total = sum(weights);
  const share = weights.map((s) => s / total);

  // The matrices that can be moved, by name, as they came.
  const names = facts.kind === "linear" ? ["W"] : ["W1", "b1", "W2", "b2"];
  const state = {};
  const reset = () => {
    names.forEach((name) => { state[name] = copy(facts[name]); });
    state.margin = facts.margin;
    state.l2 = facts.l2;
  };

  function product(A, B) {
    return A.map((row) => B[0].map((_, j) => {
      let value = 0;
      for (let d = 0; d < row.length; d += 1) value += row[d] * B[d][j];
      return value;
    }));
  }
  const transposed = (A) => A[0].map((_, j) => A.map((row) => row[j]));
  const added = (A, B) => (B ? map(A, (value, i, j) => value + B[i][j]) : A);

  // From scores to every row's loss L and its derivatives A, as the steps of the page have it.
  const LOSSES = {
    hinge: (S, y, margin) => margins(S, y, margin, (m) => (m > 0 ? 1 : 0), (m) => Math.max(0, m)),
    squared_hinge: (S, y, margin) => margins(S, y, margin, (m) => 2 * Math.max(0, m), (m) => Math.max(0, m) ** 2),
    crammer_singer(S, y, margin) {
      const c = S.map((row, i) => row[y[i]]);
      const M = map(S, (s, i, j) => (j === y[i] ? 0 : s - c[i] + margin));
      const L = [];
      const B = M.map((row, i) => {
        let place = -1;
        let best = 0;
        row.forEach((m, j) => { if (j !== y[i] && m > best) { best = m; place = j; } });
        L.push(best);
        return row.map((_, j) => (j === place ? 1 : 0));
      });
      return { c, M, B, L, ...closed(B, y) };
    },
    softmax(S, y) {
      const c = S.map((row) => Math.max(...row));
      const E = map(S, (s, i) => Math.exp(s - c[i]));
      const Z = E.map(sum);
      const P = map(E, (e, i) => e / Z[i]);
      const L = S.map((row, i) => Math.log(Z[i]) - (row[y[i]] - c[i]));
      return { c, E, Z, P, L, A: map(P, (p, i, j) => p - (j === y[i] ? 1 : 0)) };
    },
    squared(S, y) {
      const T = map(S, (_, i, j) => (j === y[i] ? 1 : 0));
      const A = map(S, (s, i, j) => s - T[i][j]);
      return { T, A, L: A.map((row) => 0.5 * sum(row.map((a) => a * a))) };
    },
  };
  function margins(S, y, margin, slope, cost) {
    const c = S.map((row, i) => row[y[i]]);
    const M = map(S, (s, i, j) => (j === y[i] ? 0 : s - c[i] + margin));
    const own = (f) => (m, i, j) => (j === y[i] ? 0 : f(m));
    const B = map(M, own(slope));
    return { c, M, B, L: map(M, own(cost)).map(sum), ...closed(B, y) };
  }
  function closed(B, y) {
    const r = B.map(sum);
    return { r, A: map(B, (b, i, j) => (j === y[i] ? -r[i] : b)) };
  }

  function computed() {
    const at = facts.kind === "linear" ? linear() : net();
    at.data = sum(at.L.map((loss, i) => share[i] * loss));
    at.penalty = 0.5 * state.l2 * at.squares;
    at.Loss = at.data + at.penalty;
    return at;
  }
  function linear() {
    const { W } = state;
    const S = added(product(facts.X, W), facts.rest);
    const at = { X: facts.X, W, S, ...LOSSES[facts.loss](S, facts.y, state.margin) };
    const sA = map(at.A, (a, i) => weights[i] * a);
    const held = map(W, (w, d) => (d === facts.biasRow ? 0 : w));
    at.G = product(transposed(facts.X), sA);
    at.D = map(at.G, (g) => g / total);
    at.R = map(held, (w) => state.l2 * w);
    at.dW = added(at.D, at.R);
    at.dX = map(product(sA, transposed(W)), (g) => g / total);
    at.squares = largest(held) === 0 ? facts.restSquares : facts.restSquares + sum(held.flat().map((w) => w * w));
    at.sources = { dW: { left: facts.X, right: at.A, leftName: "X", rightName: "A", penalty: at.R } };
    return at;
  }
  function net() {
    const { W1, b1, W2, b2 } = state;
    const U = map(added(product(facts.X, W1), facts.rest), (u, _, h) => u + b1[h][0]);
    const H = map(U, (u) => Math.max(0, u));
    const S = map(product(H, W2), (s, _, j) => s + b2[j][0]);
    const at = { X: facts.X, W1, b1, W2, b2, U, H, S, ...LOSSES[facts.loss](S, facts.y, state.margin) };
    const [R1, R2] = [W1, W2].map((W) => map(W, (w) => state.l2 * w));
    const sums = (A) => A[0].map((_, j) => [sum(A.map((row) => row[j]))]);
    at.dS = map(at.A, (a, i) => share[i] * a);
    at.dW2 = added(product(transposed(H), at.dS), R2);
    at.db2 = sums(at.dS);
    at.dH = product(at.dS, transposed(W2));
    at.dU = map(at.dH, (g, i, h) => (U[i][h] > 0 ? g : 0));
    at.dW1 = added(product(transposed(facts.X), at.dU), R1);
    at.db1 = sums(at.dU);
    at.dX = product(at.dU, transposed(W1));
    at.squares = facts.restSquares + sum([...W1.flat(), ...W2.flat()].map((w) => w * w));
    at.sources = {
      dW1: { left: facts.X, right: at.dU, leftName: "X", rightName: "dU", penalty: R1, whole: true },
      db1: { left: null, right: at.dU, leftName: "1", rightName: "dU", penalty: null, whole: true },
      dW2: { left: H, right: at.dS, leftName: "H", rightName: "dS", penalty: R2, whole: true },
      db2: { left: null, right: at.dS, leftName: "1", rightName: "dS", penalty: null, whole: true },
    };
    return at;
  }

  // One notation a matrix, as the page was written with.
  function notation(values) {
    const sizes = values.map(Math.abs).filter(Number.isFinite);
    const top = Math.max(0, ...sizes);
    if (top === 0 || (top < 1e4 && sizes.every(Number.isInteger))) return { decimals: 0, exponent: 0 };
    const magnitude = Math.floor(Math.log10(top));
    const exponent = magnitude >= -2 && magnitude < 4 ? 0 : magnitude;
    return { decimals: Math.max(0, 3 - (magnitude - exponent)), exponent };
  }
  function written(value, how) {
    if (value === 0) return "0";
    return (value / 10 ** how.exponent).toFixed(how.decimals).replace("-", "\u2212");
  }
  const short = (value) => written(value, notation([value])) + (notation([value]).exponent ? `e${notation([value]).exponent}` : "");
  function tint(value, limit) {
    if (!(limit > 0) || !Number.isFinite(value)) return "";
    const step = Math.min(6, Math.ceil((6 * Math.abs(value)) / limit - 0.5));
    return step < 1 ? "" : (value > 0 ? "p" : "n") + step;
  }
  const TINTS = /^[pn][1-6]$/;
  function painted(cell, colour) {
    [...cell.classList].filter((name) => TINTS.test(name)).forEach((name) => cell.classList.remove(name));
    if (colour) cell.classList.add(colour);
  }

  function at(array, cell) {
    const { r, c } = cell.dataset;
    if (typeof array === "number") return array;
    const row = array[Number(r)];
    return Array.isArray(row) ? row[Number(c)] : row;
  }
  function render(result) {
    document.querySelectorAll("[data-t]").forEach((table) => {
      const array = result[table.dataset.t];
      if (array === undefined) return;
      if (table.tagName === "OUTPUT") { table.textContent = exact(array); table.dataset.value = String(array); return; }
      const cells = [...table.querySelectorAll("[data-r]")];
      const values = cells.map((cell) => at(array, cell));
      const how = notation(values);
      const limit = Math.max(0, ...values.map(Math.abs));
      cells.forEach((cell, place) => {
        const input = cell.tagName === "INPUT";
        if (!input) cell.textContent = written(values[place], how);
        else if (cell !== document.activeElement) cell.value = Number(values[place].toPrecision(4));
        painted(input ? cell.parentNode : cell, tint(values[place], limit));
      });
      const factor = table.closest("section, div:not(.scroll)").querySelector(`[data-factor="${table.dataset.t}"]`);
      if (factor) factor.textContent = how.exponent ? `all times 10^${how.exponent}` : "";
    });
  }
  const exact = (value) => String(Number(value.toPrecision(10)));
  function said(id, value) {
    const output = byId(id);
    if (!output) return;
    output.textContent = id === "loss" ? exact(value) : exact(Number(value.toPrecision(5)));
    output.dataset.value = String(value);
  }

  let chosen = { name: names[0], r: 0, c: 0 };
  let picked = null;
  let last = null;
  let first = "";
  // Formulas name the margin and l2 as they are now; what was held against loops is what the page began with.
  const formulas = [...document.querySelectorAll("pre code")].map((code) => [code, code.textContent]);
  const began = { margin: facts.margin, l2: facts.l2 };
  function told() {
    const now = { margin: state.margin, l2: state.l2 };
    formulas.forEach(([code, text]) => {
      code.textContent = text.replace(/(Δ|l2) = [^;]+/, (whole, letter) => {
        const name = letter === "Δ" ? "margin" : "l2";
        return now[name] === began[name] ? whole : `${letter} = ${Number(now[name].toPrecision(4))}`;
      });
    });
    document.body.classList.toggle("moved", JSON.stringify(state) !== first);
  }

  function update() {
    last = computed();
    render(last);
    told();
    said("loss", last.Loss);
    said("data", last.data);
    said("penalty", last.penalty);
    said("margin-value", state.margin);
    said("l2-value", state.l2);
    said("weight-value", state[chosen.name][chosen.r][chosen.c]);
    light();
  }

  // Where an entry of the gradient comes from.
  function light() {
    document.querySelectorAll("td.lit").forEach((cell) => cell.classList.remove("lit"));
    if (!picked) return;
    const { name, r, c } = picked;
    const source = last.sources[name];
    const bias = source.left === null; // a weight on a column of ones
    const column = bias ? r : c;
    const left = (i) => (bias ? 1 : source.left[i][r]);
    const gives = source.right.map((row, i) => (source.whole ? 1 : share[i]) * left(i) * row[column]);
    const most = Math.max(...gives.map(Math.abs), 1e-300);
    const unit = bias ? naming(name, 0, r) : naming(name, 1, c);
    byId("left-name").textContent = bias ? "1" : `${source.leftName}[i, ${naming(name, 0, r)}]`;
    byId("right-name").textContent = `${source.rightName}[i, ${unit}]`;
    const rows = [...byId("sources").querySelectorAll("tr")];
    let listed = 0;
    rows.forEach((row) => {
      const key = row.dataset.from;
      const cells = row.querySelectorAll("td");
      let value = last[name][r][c];
      if (key === "others") {
        value = sum(gives) - listed;
        row.hidden = rows.length - 3 >= gives.length;
      } else if (key === "l2") {
        value = source.penalty ? source.penalty[r][c] : 0;
        row.hidden = !source.penalty;
      } else if (key !== "sum") {
        const i = Number(key);
        value = gives[i];
        listed += value;
        cells[0].textContent = short(left(i));
        cells[1].textContent = short(source.right[i][column]);
        row.classList.toggle("off", value === 0);
        if (value !== 0) {
          marked(source.leftName, i, r);
          marked(source.rightName, i, column);
        }
      }
      cells[2].textContent = short(value);
      if (key !== "sum") bar(cells[3], value / most);
    });
    const own = document.querySelector(`.pick[data-t="${name}"] [data-r="${r}"][data-c="${c}"]`);
    if (own) own.classList.add("lit");
    const active = gives.filter((value) => value !== 0).length;
    const place = bias ? unit : `${naming(name, 0, r)}, ${unit}`;
    const times = `${bias ? "" : `${source.leftName} times `}${source.rightName}`;
    const mean = source.whole ? "" : facts.weights ? " s / S" : " / N";
    byId("picked").textContent = `${name}[${place}] = ${short(last[name][r][c])}: `
      + `${active} of ${gives.length} examples push it, each by ${times}${mean}.`;
  }
  function marked(name, r, c) {
    const cell = document.querySelector(`.grid > section [data-t="${name}"] td[data-r="${r}"][data-c="${c}"]`);
    if (cell) cell.classList.add("lit");
  }
  function naming(name, axis, place) {
    const table = document.querySelector(`[data-t="${name}"]`);
    const cell = table.querySelector(axis ? `[data-c="${place}"]` : `[data-r="${place}"]`);
    const row = cell.closest("tr");
    if (axis === 0) return row.querySelector("th").textContent;
    const head = table.querySelectorAll("thead th")[[...row.querySelectorAll("td")].findIndex((each) => each.contains(cell))];
    return head ? head.textContent : String(place);
  }
  function bar(cell, part) {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "-50 0 100 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const length = 49 * Math.min(1, Math.abs(part));
    const rect = document.createElementNS(ns, "rect");
    [["x", part > 0 ? 0 : -length], ["y", 1], ["width", length], ["height", 8]].forEach(([key, value]) => rect.setAttribute(key, value));
    rect.setAttribute("class", part > 0 ? "plus" : "minus");
    const line = document.createElementNS(ns, "line");
    [["x1", 0], ["x2", 0], ["y1", 0], ["y2", 10]].forEach(([key, value]) => line.setAttribute(key, value));
    svg.append(rect, line);
    cell.replaceChildren(svg);
  }

  // The gradient's tables: one stop for the Tab key, arrows inside.
  function pick(cell) {
    const table = cell.closest("[data-t]");
    picked = { name: table.dataset.t, r: Number(cell.dataset.r), c: Number(cell.dataset.c) };
    table.querySelectorAll("[tabindex]").forEach((each) => { each.tabIndex = -1; });
    cell.tabIndex = 0;
    light();
  }
  document.querySelectorAll("table.pick").forEach((table) => {
    const rows = [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
    rows.flat().forEach((cell) => { cell.tabIndex = -1; });
    rows[0][0].tabIndex = 0;
    table.addEventListener("pointerover", (event) => { if (event.target.matches("td[data-r]")) pick(event.target); });
    table.addEventListener("focusin", (event) => { if (event.target.matches("td[data-r]")) pick(event.target); });
    table.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      const r = rows.findIndex((row) => row.includes(event.target));
      const c = r < 0 ? -1 : rows[r].indexOf(event.target);
      const next = (rows[r + step[0]] || [])[c + step[1]];
      if (next) next.focus();
      event.preventDefault();
    });
  });

  function choose(input) {
    const name = input.closest("[data-t]").dataset.t;
    chosen = { name, r: Number(input.dataset.r), c: Number(input.dataset.c) };
    const value = state[name][chosen.r][chosen.c];
    const span = Math.max(1e-9, 3 * largest(facts[name]), Math.abs(value)) || 1;
    const slider = byId("weight");
    slider.min = value - span;
    slider.max = value + span;
    slider.value = value;
    byId("weight-name").textContent = `${name}[${naming(name, 0, chosen.r)}, ${naming(name, 1, chosen.c)}]`;
    said("weight-value", value);
  }
  const fields = [...document.querySelectorAll("td input")];
  fields.forEach((input) => {
    input.addEventListener("focus", () => choose(input));
    input.addEventListener("input", () => {
      const value = input.valueAsNumber;
      if (!Number.isFinite(value)) return;
      state[input.closest("[data-t]").dataset.t][Number(input.dataset.r)][Number(input.dataset.c)] = value;
      choose(input);
      update();
    });
  });
  byId("weight").addEventListener("input", (event) => {
    state[chosen.name][chosen.r][chosen.c] = event.target.valueAsNumber;
    update();
  });
  ["margin", "l2"].forEach((name) => {
    const slider = byId(name);
    if (slider) slider.addEventListener("input", () => { state[name] = slider.valueAsNumber; update(); });
  });
  byId("reset").addEventListener("click", () => {
    reset();
    ["margin", "l2"].forEach((name) => { if (byId(name)) byId(name).value = state[name]; });
    choose(fields.find((each) => Number(each.dataset.r) === chosen.r && Number(each.dataset.c) === chosen.c));
    update();
  });

  reset();
  first = JSON.stringify(state);
  choose(fields[0]);
  update();
  const start = document.querySelector("table.pick td[data-r]");
  if (start) pick(start);
})();
