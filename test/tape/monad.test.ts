/** The tape monad: laws, stack safety, and the two sweeps against their loops and a pure specification. */
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { State } from 'fp-ts/lib/State.js'
import * as S from 'fp-ts/lib/State.js'
import { item, tensor } from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/core/value.js'
import { table } from '../../src/primitive/table.js'
import { isNode, type Node } from '../../src/tape/node.js'
import { play, type Script, scripts } from './expressions.js'

const SCALAR = { shape: [], dtype: 'f64', weak: false } as const

// ------------------------------------------------------------------------------------------------------- specification

/** What is written so far, as one immutable list of lines. */
type Lines = readonly string[]

/** Recording as fp-ts State over lines: names are looked up in a pure map, every write is a new list. */
interface Written {
  readonly lines: Lines
  readonly names: ReadonlyMap<object, string>
  readonly next: number
}
const none: Written = { lines: [], names: new Map(), next: 0 }
type Write<A> = State<Written, A>

const named =
  (x: object, name: string): Write<string> =>
  (w) => [name, { ...w, names: new Map([...w.names, [x, name]]) }]

const specify =
  (scope: unknown) =>
  (x: Tensor): Write<string> =>
    pipe(
      S.gets<Written, string | undefined>((w) => w.names.get(x)),
      S.chain((known): Write<string> => {
        if (known !== undefined) return S.of(known)
        if (!isNode(x) || !x.scopes.includes(scope as never)) return S.of(String(isNode(x) ? x : item(x as never)))
        return specifyNode(scope)(x)
      }),
    )

const specifyNode =
  (scope: unknown) =>
  (x: Node): Write<string> => {
    const entry: object = x.application ?? x
    const results = x.application?.results.length ?? 1
    return pipe(
      S.traverseArray(specify(scope))(x.args),
      writeEntry(entry, results, x),
      S.chain((first) => named(x, `%${first + (x.application === null ? 0 : (x.params as number))}`)),
    )
  }

const writeEntry =
  (entry: object, results: number, x: Node) =>
  (m: Write<readonly string[]>): Write<number> =>
    pipe(
      m,
      S.chain(
        (args): Write<number> =>
          (w) => {
            const known = w.names.get(entry)
            if (known !== undefined) return [Number(known), w]
            const name = (x.application?.primitive ?? x.primitive)?.name
            const line = `${w.next} = ${name} ${args.join(' ')}`
            const names = new Map([...w.names, [entry, String(w.next)] as const])
            return [w.next, { lines: [...w.lines, line], names, next: w.next + results }]
          },
      ),
    )

const specification = (script: Script): Lines => {
  const { scope, inputs, outputs } = play(script)
  const [refs, w] = pipe(
    S.traverseArray(
      (v: Node): Write<string> =>
        (s) => [`%${s.next}`, { ...s, next: s.next + 1, names: new Map([...s.names, [v, `%${s.next}`]]) }],
    )(inputs),
    S.chain(() => S.traverseArray(specify(scope))(outputs)),
  )(none)
  return [...w.lines, `return ${refs.join(' ')}`]
}

/** A program as the same lines. */
const linesOf = (p: Tape.Program): Lines => {
  const ref = (r: number): string => (r < 0 ? String(item(p.constants[-1 - r] as never)) : `%${r}`)
  const entries = p.primitives.map(
    (primitive, k) =>
      `${p.first[k]} = ${primitive.name} ${p.refs
        .slice(p.start[k], p.start[k + 1])
        .map(ref)
        .join(' ')}`,
  )
  return [...entries, `return ${p.outputs.map(ref).join(' ')}`]
}

const recorded = (script: Script): Tape.Program => {
  const { scope, inputs, outputs } = play(script)
  return Tape.record(outputs, inputs, scope)
}

const recordedM = (script: Script): Tape.Program => {
  const { scope, inputs, outputs } = play(script)
  return Tape.runTape(Tape.recordM(outputs, inputs, scope))
}

// --------------------------------------------------------------------------------------------------------------- checks

describe('recording', () => {
  it('the loop, its monadic form and a specification in State write the same tape', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const expected = specification(script)
        expect(linesOf(recorded(script))).toEqual(expected)
        expect(linesOf(recordedM(script))).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
  it('the monadic form goes as deep as the loop', () => {
    const depth = 30_000
    const steps = Array.from({ length: depth }, (_, i) => ({ kind: 'sin', left: i + 1, right: 0 }) as const)
    const script: Script = { steps, outputs: [depth + 1] }
    expect(recordedM(script).primitives.length).toBe(depth)
    expect(recorded(script).primitives.length).toBe(depth)
  })
})

describe('reading backwards', () => {
  /** Weights that depend on the place: cotangents are numbers, entries pass them on scaled. */
  const back =
    (p: Tape.Program): Tape.Backwards<number> =>
    (k, results) => {
      const total = results.reduce<number>((acc, r, i) => acc + (i + 1) * (r ?? 0), 0)
      const n = (p.start[k + 1] as number) - (p.start[k] as number)
      return Array.from({ length: n }, (_, i) => ((k + i) % 5 === 0 ? null : total * (((k + 2 * i) % 3) - 1)))
    }

  /** The same as a plain recursion over what reads each slot: what reaches it is the sum over its readers. */
  const reaching = (p: Tape.Program, seeds: readonly (number | null)[]): readonly (number | null)[] => {
    const memo = new Map<number, number | null>()
    const sum = (xs: readonly (number | null)[]): number | null =>
      xs.reduce((a, b) => (a === null ? b : b === null ? a : a + b), null)
    const at = (slot: number): number | null => {
      if (!memo.has(slot)) {
        const fromOutputs = p.outputs.map((r, i) => (r === slot ? (seeds[i] as number | null) : null))
        const fromEntries = p.primitives.flatMap((_, k) => {
          const refs = p.refs.slice(p.start[k], p.start[k + 1])
          if (!refs.includes(slot)) return []
          const from = p.first[k] as number
          const results = Array.from({ length: (p.first[k + 1] as number) - from }, (_, i) => at(from + i))
          if (results.every((r) => r === null)) return []
          const sent = back(p)(k, results)
          return refs.map((r, i) => (r === slot ? (sent[i] as number | null) : null))
        })
        memo.set(slot, sum([...fromOutputs, ...fromEntries]))
      }
      return memo.get(slot) as number | null
    }
    return p.inputs.map((_, i) => at(i))
  }

  it('the loop and its monadic form give every input what reaches it along all paths', () => {
    fc.assert(
      fc.property(
        scripts,
        fc.array(fc.option(fc.integer({ min: -4, max: 4 })), { minLength: 3, maxLength: 3 }),
        (s, seeds) => {
          const p = recorded(s)
          const given = p.outputs.map((_, i) => seeds[i] ?? null)
          const plus = (x: number, y: number): number => x + y
          const loop = Tape.left(p, given, plus, back(p))
          expect(Tape.evalTape(Tape.leftM(p, given, plus, back(p)))).toEqual(loop)
          const withoutSign = (xs: readonly (number | null)[]): unknown => xs.map((x) => (x === null ? null : x + 0))
          expect(withoutSign(loop)).toEqual(withoutSign(reaching(p, given)))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('words and instances', () => {
  /** x ↦ (x + 2) · x, written by hand. */
  const byHand = Tape.runTape(<Z>() =>
    pipe(
      Tape.Do,
      Tape.bind('x', () => Tape.input<Z>(SCALAR)),
      Tape.bind('two', () => Tape.constant<Z>(tensor(2))),
      Tape.bind('sum', ({ x, two }) => Tape.emit(table.add, null)(x, two)),
      Tape.bind('product', ({ sum, x }) => Tape.emit(table.mul, null)(sum, x)),
      Tape.let('results', ({ product }) => [product] as const),
      Tape.map(({ results }) => results),
    ),
  )
  it('Do notation writes a tape', () => {
    expect(Tape.show(byHand)).toBe(
      ['%0 : f64[] input', '%1 = add %0 2 : f64[]', '%2 = mul %1 %0 : f64[]', 'return %2'].join('\n'),
    )
    expect(Tape.run(byHand)(3).map((y) => item(y as never))).toEqual([15])
  })
  it('an entry that does not fit is refused as it is written', () => {
    const bad = () =>
      Tape.runTape(<Z>() =>
        pipe(
          Tape.input<Z>({ shape: [2], dtype: 'f64', weak: false }),
          Tape.flatMap((x) =>
            pipe(
              Tape.input<Z>(SCALAR),
              Tape.flatMap((y) => Tape.emit(table.add, null)(x, y)),
            ),
          ),
          Tape.map((x) => [x]),
        ),
      )
    expect(bad).toThrow('add: shapes [2] and [] differ')
  })
  it('an input after an entry is refused: inputs are the first slots', () => {
    const late = () =>
      Tape.runTape(<Z>() =>
        pipe(
          Tape.input<Z>(SCALAR),
          Tape.flatMap((x) => Tape.emit(table.neg, null)(x)),
          Tape.flatMap(() => Tape.input<Z>(SCALAR)),
          Tape.map((x) => [x]),
        ),
      )
    expect(late).toThrow('input: an input was written after an entry; write all inputs of a tape first')
  })
  it('Functor, Chain, Monad and ChainRec do what their words do', () => {
    const count =
      <Z>(): Tape.Tape<Z, number> =>
      (s) =>
        s.writer.input(SCALAR)
    const run = <A>(m: <Z>() => Tape.Tape<Z, A>): A => Tape.evalTape(m)
    expect(run(<Z>() => Tape.Functor.map(count<Z>(), (n) => n + 10))).toBe(10)
    expect(run(<Z>() => Tape.Chain.chain(count<Z>(), (n) => Tape.Monad.map(count<Z>(), (m) => [n, m])))).toEqual([0, 1])
    const pair = (n: number) => (m: number) => [n, m]
    expect(run(<Z>() => Tape.Chain.ap(Tape.Monad.map(count<Z>(), pair), count<Z>()))).toEqual([0, 1])
    expect(run(<Z>() => Tape.Monad.of<Z, number>(5))).toBe(5)
    expect(run(<Z>() => Tape.bindTo('n')(count<Z>()))).toEqual({ n: 0 })
    const loop = (n: number): Tape.Tape<unknown, E.Either<number, string>> =>
      Tape.of(n === 0 ? E.right('done') : E.left(n - 1))
    expect(run(() => Tape.ChainRec.chainRec(100_000, loop) as never)).toBe('done')
  })
  it('contribute and collect: what reaches a reference adds up, once, and constants take nothing', () => {
    const plus = (x: number, y: number): number => x + y
    const seen = Tape.evalTape(<Z>() =>
      pipe(
        Tape.Do,
        Tape.bind('x', () => Tape.input<Z>(SCALAR)),
        Tape.bind('c', () => Tape.constant<Z>(tensor(1))),
        Tape.bind('a', ({ x }) => Tape.contribute<Z, number>(x, 2, plus)),
        Tape.bind('b', ({ x }) => Tape.contribute<Z, number>(x, 5, plus)),
        Tape.bind('n', ({ x }) => Tape.contribute<Z, number>(x, null, plus)),
        Tape.bind('d', ({ c }) => Tape.contribute<Z, number>(c, 5, plus)),
        Tape.bind('first', ({ x }) => Tape.collect<Z, number>(x)),
        Tape.bind('second', ({ x }) => Tape.collect<Z, number>(x)),
        Tape.bind('third', ({ c }) => Tape.collect<Z, number>(c)),
        Tape.map(({ first, second, third }) => [first, second, third]),
      ),
    )
    expect(seen).toEqual([7, null, null])
  })
})
