/**
 * A loop nest as JavaScript: loops over typed arrays.
 *
 * What folds read again and again is read once for a tile of rows and columns, each with an accumulator of its own; parts of
 * indices that do not change inside a fold are computed before it. Sums of floats are sums of doubles, rounded at the end:
 * here that is faster, as it is more exact.
 */
import { binary, convert, type Lane } from '../../core/lane.js'
import type { Fold, Index, Load, Loop, Memory, Nest, Source, Store } from '../../core/nest.js'
import { type Carried, interner, type Shifts, shiftedIndex } from '../intern.js'
import { script } from '../machine.js'
import { tilingOf } from '../tile.js'
import { lanesText } from './lanes.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a nest is written with. */
export interface Scope {
  readonly line: (text: string) => void
  readonly nameOf: (memory: Memory) => string
  /** A name of its own. */
  readonly fresh: () => string
}

/** Rounds of a loop that are written side by side. */
interface Unrolled {
  readonly loop: Loop
  readonly times: number
}

/** A loop from a round to another, so many at a time. */
interface Piece extends Unrolled {
  readonly from: number
  readonly to: number
}

// -------------------------------------------------------------------------------------------------------------- indices

const termsText = (terms: readonly (readonly [Loop, number])[], nameOf: (loop: Loop) => string): string => {
  let text = ''
  for (const [loop, c] of terms) {
    const term = Math.abs(c) === 1 ? nameOf(loop) : `${nameOf(loop)} * ${Math.abs(c)}`
    text += text === '' ? (c < 0 ? `-${term}` : term) : c < 0 ? ` - ${term}` : ` + ${term}`
  }
  return text
}

const withConstant = (text: string, constant: number): string =>
  text === ''
    ? String(constant)
    : constant === 0
      ? text
      : constant < 0
        ? `${text} - ${-constant}`
        : `${text} + ${constant}`

/** The terms of an index that vary. */
const varying = (index: Index): readonly (readonly [Loop, number])[] =>
  [...index.terms].filter(([loop, c]) => loop.size > 1 && c !== 0)

const isName = (text: string): boolean => /^\w+$/.test(text)

const loadOf = (lane: Lane): Load | null => {
  const data = lane.op === 'source' ? (lane.data as Source) : null
  return data?.kind === 'load' ? data : null
}

/** The lanes that a lane is computed from: its arguments, or a gather's index. */
const below = (lane: Lane): readonly Lane[] => {
  const load = loadOf(lane)
  return load === null ? lane.args : load.plus === null ? [] : [load.plus]
}

// ----------------------------------------------------------------------------------------------------------------- text

/** A place in memory as text: an affine index, and an element that was computed. */
const placeText = (memory: string, index: string, plus: string | null): string =>
  plus === null ? `${memory}[${index}]` : `${memory}[${index === '0' ? plus : `${index} + ${plus}`}]`

/** An expression that stands alone: without the parentheses around all of it. */
const alone = (text: string): string => {
  if (!text.startsWith('(')) return text
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth += 1
    else if (text[i] === ')') depth -= 1
    if (depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text
  }
  return text
}

/** A loop in whole tiles, and what is left one by one. */
const piecesOf = ({ loop, times }: Unrolled): readonly Piece[] => {
  const whole = loop.size - (loop.size % times)
  return [
    { loop, times, from: 0, to: whole },
    { loop, times: 1, from: whole, to: loop.size },
  ].filter((p) => p.from < p.to)
}

const copiesOf = (rows: Unrolled | null, columns: Unrolled | null): readonly Shifts[] => {
  const copies: Shifts[] = []
  for (let r = 0; r < (rows?.times ?? 1); r++)
    for (let c = 0; c < (columns?.times ?? 1); c++) {
      const shifts = new Map<Loop, number>()
      if (rows !== null && r > 0) shifts.set(rows.loop, r)
      if (columns !== null && c > 0) shifts.set(columns.loop, c)
      copies.push(shifts)
    }
  return copies
}

/** What each step adds to a sum of floats, in doubles; null for other folds. */
const addedBy = (nest: Nest): Lane | null => {
  const fold = nest.folds[0]
  const type = fold?.types[0]
  if (nest.folds.length !== 1 || fold?.join?.op !== 'add' || nest.traces.length > 0 || !type?.startsWith('f'))
    return null
  const { op, args } = fold.join.step
  if (op !== 'mul') return convert(fold.join.step, 'f64')
  const [x, y] = args as readonly [Lane, Lane]
  return binary('mul', convert(x, 'f64'), convert(y, 'f64'))
}

// -------------------------------------------------------------------------------------------------------------- running

/** Writes a nest as loops, outermost first. */
export const nestText = (scope: Scope, nest: Nest): void => {
  if (nest.loops.some((l) => l.size === 0)) return
  const t = tilingOf(nest, script)
  const i = interner([t.unrolled, t.side].filter((l) => l !== null))
  const names = new Map<Loop, string>()
  nest.loops.forEach((l, n) => {
    names.set(l, `i${n}`)
  })
  nest.folded.forEach((l, n) => {
    names.set(l, `k${n}`)
  })
  const loopName = (l: Loop): string => names.get(l) as string
  let line = scope.line
  /** Inside a fold: names of the parts of indices that were computed before it. */
  let bases: Map<string, string> | null = null

  const indexText = (index: Index): string => {
    const terms = varying(index)
    const outer = termsText(
      terms.filter(([l]) => !nest.folded.includes(l)),
      loopName,
    )
    const inner = terms.filter(([l]) => nest.folded.includes(l))
    if (bases === null || isName(outer) || outer === '') return withConstant(termsText(terms, loopName), index.constant)
    const base = bases.get(outer) ?? scope.fresh()
    bases.set(outer, base)
    const rest = termsText(inner, loopName)
    const varies = rest === '' ? base : rest.startsWith('-') ? `${base} - ${rest.slice(1)}` : `${base} + ${rest}`
    return withConstant(varies, index.constant)
  }
  /** Names of what folds carry, for each copy. */
  const carried = new Map<Fold, readonly (readonly string[])[]>()
  const sourceText = (lane: Lane, plus: readonly string[]): string => {
    const data = lane.data as Source | Carried
    if (data.kind === 'carried') return carried.get(data.fold)?.[data.copy]?.[data.which] as string
    if (data.kind === 'accumulated') throw new Error('a fold read outside of its copies')
    if (data.kind === 'index') {
      const text = indexText(data.index)
      return isName(text) ? text : `(${text})`
    }
    const element = placeText(scope.nameOf(data.memory), indexText(data.index), plus[0] ?? null)
    return data.memory.dtype === 'bool' ? `(${element} !== 0)` : element
  }
  /** Lanes as expressions, after the statements that they need. */
  const expressions = (indent: string, roots: readonly Lane[]): readonly string[] => {
    const { statements, values } = lanesText(roots, sourceText, scope.fresh, below)
    for (const s of statements) {
      const at = s.indexOf(' = ') + 3
      line(indent + s.slice(0, at) + alone(s.slice(at)))
    }
    return values
  }
  const copied = (copies: readonly Shifts[], lanes: readonly Lane[]): readonly Lane[] =>
    copies.flatMap((s, c) => lanes.map(i.copy(s, c)))

  const stored = (indent: string, copies: readonly Shifts[], stores: readonly Store[]): void => {
    const texts = expressions(
      indent,
      copied(
        copies,
        stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus])),
      ),
    )
    let n = 0
    for (const shifts of copies)
      for (const s of stores) {
        const value = texts[n++] as string
        const plus = s.plus === null ? null : (texts[n++] as string)
        const place = placeText(scope.nameOf(s.memory), indexText(shiftedIndex(s.index, shifts)), plus)
        const element = s.memory.dtype === 'bool' ? `${value} ? 1 : 0` : alone(value)
        line(`${indent}${place} ${s.mode === 'add' ? '+=' : '='} ${element}`)
      }
  }

  const looped = (p: Piece, indent: string, inside: (indent: string) => void): void => {
    const v = loopName(p.loop)
    if (p.loop.size === 1) {
      inside(indent)
      return
    }
    const step = p.times === 1 ? `${v}++` : `${v} += ${p.times}`
    line(`${indent}for (let ${v} = ${p.from}; ${v} < ${p.to}; ${step}) {`)
    inside(`${indent}  `)
    line(`${indent}}`)
  }
  const down = (loops: readonly Loop[], indent: string, inside: (indent: string) => void): void => {
    const [first, ...rest] = loops
    if (first === undefined) inside(indent)
    else looped({ loop: first, times: 1, from: 0, to: first.size }, indent, (inner) => down(rest, inner, inside))
  }

  /** What is inside the outer loops, for several of their rounds at once. */
  const body = (indent: string, copies: readonly Shifts[]): void => {
    if (nest.folds.length === 0) {
      stored(indent, copies, nest.stores)
      return
    }
    const starts = expressions(
      indent,
      copied(
        copies,
        nest.folds.flatMap((f) => f.init),
      ),
    )
    const accumulators = starts.map(scope.fresh)
    accumulators.forEach((a, n) => {
      line(`${indent}let ${a} = ${alone(starts[n] as string)}`)
    })
    const width = nest.folds.reduce((n, f) => n + f.types.length, 0)
    let at = 0
    for (const f of nest.folds) {
      const from = at
      carried.set(
        f,
        copies.map((_, c) => accumulators.slice(c * width + from, c * width + from + f.types.length)),
      )
      at += f.types.length
    }
    // the steps are written first: they say which parts of indices to compute before them
    const inner: string[] = []
    const outside = line
    line = (text) => inner.push(text)
    bases = new Map()
    down(nest.folded, indent, (deep) => step(deep, copies, accumulators))
    const before: ReadonlyMap<string, string> = bases
    line = outside
    bases = null
    for (const [text, name] of before) line(`${indent}const ${name} = ${text}`)
    for (const text of inner) line(text)
    if (added !== null && nest.folds[0]?.types[0] === 'f32') {
      const rounded = accumulators.map(scope.fresh)
      rounded.forEach((r, k) => {
        line(`${indent}const ${r} = Math.fround(${accumulators[k]})`)
      })
      carried.set(
        nest.folds[0],
        rounded.map((r) => [r]),
      )
    }
    stored(indent, copies, nest.stores)
  }
  const added = addedBy(nest)
  const step = (indent: string, copies: readonly Shifts[], accumulators: readonly string[]): void => {
    if (added !== null) {
      const terms = expressions(indent, copied(copies, [added]))
      accumulators.forEach((a, k) => {
        line(`${indent}${a} += ${alone(terms[k] as string)}`)
      })
      return
    }
    const next = expressions(
      indent,
      copied(
        copies,
        nest.folds.flatMap((f) => f.next),
      ),
    )
    const apart = nest.folds.length === 1 && nest.folds[0]?.types.length === 1
    // where one reads another, all of them from what they were before
    const renewed = apart ? next.map(alone) : next.map(scope.fresh)
    if (!apart)
      renewed.forEach((r, k) => {
        line(`${indent}const ${r} = ${alone(next[k] as string)}`)
      })
    accumulators.forEach((a, k) => {
      line(`${indent}${a} = ${renewed[k]}`)
    })
    stored(indent, copies, nest.traces)
  }

  const rows: Unrolled | null = t.unrolled !== null && t.rows > 1 ? { loop: t.unrolled, times: t.rows } : null
  const columns: Unrolled | null = t.side !== null && t.columns > 1 ? { loop: t.side, times: t.columns } : null
  const tiled = [rows, columns].filter((u) => u !== null)
  const plain = nest.loops.filter((l) => tiled.every((u) => u.loop !== l))
  const tile = (indent: string, left: readonly Unrolled[], chosen: readonly Piece[]): void => {
    const [first, ...rest] = left
    if (first !== undefined)
      for (const p of piecesOf(first)) looped(p, indent, (inner) => tile(inner, rest, [...chosen, p]))
    else body(indent, copiesOf(chosen[0] ?? null, chosen[1] ?? null))
  }
  down(plain, '  ', (indent) => tile(indent, tiled, []))
}
