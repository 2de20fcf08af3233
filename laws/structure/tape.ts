/**
 * Laws of the tape monad: a monad whose effect is a tape being written and cotangents being collected. It runs over a
 * private session that is written to; its specification is fp-ts `State` over immutable lists.
 */
import * as fc from 'fast-check'
import { left as again, right as done } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as S from 'fp-ts/lib/State.js'
import { table } from '../../src/primitive/table.js'
import * as Tape from '../../src/tape/index.js'
import { type Concrete, scalarOf } from '../../src/tensor/concrete.js'
import { fact, type Law, law, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { monad } from './monad.js'

// ---------------------------------------------------------------------------------------------------------------- model

const SCALAR = { shape: [], dtype: 'f64', weak: false } as const

/** What a computation may do; places name earlier references, modulo how many there are. */
type Action =
  | { readonly does: 'constant'; readonly value: number }
  | { readonly does: 'add' | 'mul'; readonly left: number; readonly right: number }
  | { readonly does: 'contribute'; readonly to: number; readonly value: number }
  | { readonly does: 'collect'; readonly from: number }

/** References so far: what the actions of a computation hand on to the next. */
type Refs = readonly number[]
type Computation = Tape.Tape<unknown, Refs>

// ---------------------------------------------------------------------------------------------------------- in the tape

const plus = (x: number, y: number): number => x + y

const at = (refs: Refs, place: number): number => refs[place % refs.length] as number

/** An action as a computation. What is collected becomes a constant, so that it can be seen. */
const perform =
  (refs: Refs) =>
  (a: Action): Computation => {
    const also = (ref: number): Refs => [...refs, ref]
    switch (a.does) {
      case 'constant':
        return pipe(Tape.constant<unknown>(scalarOf('f64', a.value)), Tape.map(also))
      case 'contribute':
        return pipe(
          Tape.contribute<unknown, number>(at(refs, a.to), a.value, plus),
          Tape.map(() => refs),
        )
      case 'collect':
        return pipe(
          Tape.collect<unknown, number>(at(refs, a.from)),
          Tape.flatMap((x) => (x === null ? Tape.of(refs) : perform(refs)({ does: 'constant', value: x }))),
        )
      default:
        return pipe(Tape.emit(table[a.does], null)<unknown>(at(refs, a.left), at(refs, a.right)), Tape.map(also))
    }
  }

const performAll =
  (actions: readonly Action[]) =>
  (refs: Refs): Computation =>
    actions.reduce<Computation>(
      (m, a) => Tape.flatMap((r: Refs) => perform(r)(a))(m) as Computation,
      Tape.of<unknown, Refs>(refs),
    )

/** What a computation wrote, as text: constants by value, entries by name and references, then the references. */
const written = (m: (refs: Refs) => Computation): string => {
  const p = Tape.runTape((<Z>() =>
    pipe(
      Tape.traverse<Z, number, number>(() => Tape.input<Z>(SCALAR))([0, 1]),
      Tape.flatMap((refs) => m(refs) as Tape.Tape<Z, Refs>),
    )) as never)
  const lines = p.primitives.map(
    (q, k) => `${p.first[k]} = ${q.name} ${p.refs.slice(p.start[k], p.start[k + 1]).join(' ')}`,
  )
  return [...p.constants.map((c) => String((c as Concrete).value)), ...lines, `return ${p.outputs.join(' ')}`].join(
    '\n',
  )
}

// ---------------------------------------------------------------------------------------------------- in the specification

/** Everything that has been written, immutable. */
interface World {
  readonly constants: readonly number[]
  readonly entries: readonly string[]
  readonly reached: ReadonlyMap<number, number>
}

const without = (m: ReadonlyMap<number, number>, key: number): ReadonlyMap<number, number> =>
  new Map([...m].filter(([k]) => k !== key))

const specify =
  (refs: Refs) =>
  (a: Action): S.State<World, Refs> =>
  (w) => {
    switch (a.does) {
      case 'constant':
        return [[...refs, -1 - w.constants.length], { ...w, constants: [...w.constants, a.value] }]
      case 'contribute': {
        const to = at(refs, a.to)
        const reached = to < 0 ? w.reached : new Map([...w.reached, [to, (w.reached.get(to) ?? 0) + a.value] as const])
        return [refs, { ...w, reached }]
      }
      case 'collect': {
        const from = at(refs, a.from)
        const x = w.reached.get(from)
        const taken = { ...w, reached: without(w.reached, from) }
        return x === undefined ? [refs, taken] : specify(refs)({ does: 'constant', value: x })(taken)
      }
      default: {
        const slot = 2 + w.entries.length
        const entry = `${slot} = ${a.does} ${at(refs, a.left)} ${at(refs, a.right)}`
        return [[...refs, slot], { ...w, entries: [...w.entries, entry] }]
      }
    }
  }

const specified = (actions: readonly Action[]): string => {
  const start: S.State<World, Refs> = S.of([0, 1])
  const all = actions.reduce((m, a) => S.chain((r: Refs) => specify(r)(a))(m), start)
  const [refs, w] = all({ constants: [], entries: [], reached: new Map() })
  return [...w.constants.map(String), ...w.entries, `return ${refs.join(' ')}`].join('\n')
}

// ----------------------------------------------------------------------------------------------------------------- laws

const place = fc.nat({ max: 50 })
const value = fc.integer({ min: -9, max: 9 })
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ does: fc.constant('constant' as const), value }),
  fc.record({ does: fc.constantFrom('add' as const, 'mul' as const), left: place, right: place }),
  fc.record({ does: fc.constant('contribute' as const), to: place, value }),
  fc.record({ does: fc.constant('collect' as const), from: place }),
)
const actions = fc.array(action, { maxLength: 8 })

const sameText = (l: string, r: string): Verdict => fact(l === r, () => `left\n${l}\nright\n${r}`)

const sameComputation = (l: Computation, r: Computation): Verdict =>
  sameText(
    written(() => l),
    written(() => r),
  )

const specification: Law<readonly Action[]> = law('specification', 'run(m) = run(State specification of m)', (list) =>
  sameText(written(performAll(list)), specified(list)),
)

/** Steps far beyond any stack; a chainRec that recursed would overflow it. */
const STEPS = 100_000

const stackSafe: Law<number> = law('chainRec', `chainRec(0, f) takes ${STEPS} steps and more`, (more) => {
  const steps = STEPS + more
  const last = Tape.evalTape(<Z>() =>
    Tape.chainRec<Z, number, number>(0, (n) => Tape.of(n === steps ? done(n) : again(n + 1))),
  )
  return fact(last === steps, () => `left ${last}\nright ${steps}`)
})

/** chainRec is the recursion that it unrolls, effects included. */
const unrolled: Law<readonly Action[]> = law(
  'chainRec unrolls',
  'chainRec(a, f) = f(a) ≫= (left → recurse, right → stop)',
  (list) => {
    const step = (n: number, refs: Refs): Computation =>
      n === list.length
        ? Tape.of(refs)
        : (Tape.flatMap((r: Refs) => step(n + 1, r))(perform(refs)(list[n] as Action)) as Computation)
    const loop = (refs: Refs): Computation =>
      Tape.chainRec<unknown, readonly [number, Refs], Refs>([0, refs], ([n, r]) =>
        n === list.length
          ? Tape.of(done(r))
          : pipe(
              perform(r)(list[n] as Action),
              Tape.map((s: Refs) => again([n + 1, s] as const)),
            ),
      )
    return sameText(
      written(loop),
      written((refs) => step(0, refs)),
    )
  },
)

/** The tape monad: monad laws, stack safety, and agreement with its pure specification. */
export const tape = (): Suite =>
  suite(
    'the tape monad',
    monad<Computation, Refs>(
      { of: (refs) => Tape.of(refs), chain: Tape.Monad.chain as never, map: Tape.Monad.map as never },
      {
        values: fc.constantFrom<Refs>([0], [1, 0], [0, 1, 1]),
        computations: actions.map((list) => performAll(list)([0, 1])),
        functions: actions.map((list) => performAll(list)),
        same: sameComputation,
        name: 'monad',
      },
    ),
    given(actions, specification, unrolled),
    given(fc.nat({ max: 10 }), stackSafe),
  )
