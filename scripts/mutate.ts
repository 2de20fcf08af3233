/**
 * How good the laws are: every rule of every primitive is made wrong in every way below, one at a time, in the table
 * itself; then that primitive's own laws are run. A mutant that no law notices survives, and is a hole in the laws or in
 * the samples, or does not change what the rule means (then it is explained below).
 *
 * npm run mutate [-- name …] [--runs 40]
 */
import * as fc from 'fast-check'
import * as Laws from '../laws/index.js'
import { isTensor } from '../src/core/value.js'
import { isNode } from '../src/tape/node.js'
import { bufferOf, type Concrete } from '../src/tensor/concrete.js'
import { fieldWrong, MUTATIONS, type Mutation, type Rule, type Rules, same } from './mutations.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Mutant {
  readonly primitive: string
  readonly mutation: Mutation
}

// ----------------------------------------------------------------------------------------------------------- watching

/** What came of the calls of a wrong rule. */
interface Watch {
  calls: number
  /** Whether any call gave another answer than the right rule. */
  differs: boolean
}

const numbersIn = (y: unknown): unknown => {
  if (Array.isArray(y)) return y.map(numbersIn)
  if (typeof y !== 'object' || y === null) return y
  if (isTensor(y) && isNode(y)) return undefined
  if (isTensor(y)) return [y.dtype, y.shape, Array.from(bufferOf(y as Concrete), (v) => Number(v.toPrecision(12)))]
  return y
}

const hasStopped = (y: unknown): boolean => {
  const seen = new Set<unknown>()
  const todo: unknown[] = Array.isArray(y) ? y.flat() : [y]
  for (let x = todo.pop(); todo.length > 0 || x !== undefined; x = todo.pop()) {
    if (!isTensor(x) || seen.has(x) || !isNode(x)) continue
    seen.add(x)
    if (x.primitive?.name === 'detach') return true
    todo.push(...x.args)
  }
  return false
}

/** The answer of a rule, or the error in its place. */
const answer = (f: () => unknown): { readonly value?: unknown; readonly error?: unknown } => {
  try {
    return { value: f() }
  } catch (error) {
    return { error }
  }
}

/** The wrong rule, watched: where it gives what the right one gives, on every call, nothing was mutated. */
const watched =
  (mutation: Mutation, right: Rule, wrong: Rule, watch: Watch): Rule =>
  (...args) => {
    const found = answer(() => wrong(...args))
    watch.calls++
    if (!watch.differs) {
      if (mutation.name === 'slope constant') watch.differs = 'error' in found || hasStopped(found.value)
      else {
        const expected = answer(() => right(...args))
        watch.differs =
          'error' in expected !== 'error' in found || !same(numbersIn(expected.value), numbersIn(found.value))
      }
    }
    if ('error' in found) throw found.error
    return found.value
  }

// ------------------------------------------------------------------------------------------------------------ explained

interface Explained {
  readonly primitives: readonly string[]
  readonly rule: string
  readonly mutation: RegExp
  readonly because: string
}

const EXPLAINED: readonly Explained[] = [
  {
    primitives: ['and', 'or', 'xor', 'not', 'shiftLeft', 'shiftRight'],
    rule: 'jvp',
    mutation: /./,
    because: 'words carry no tangent: the rule is never asked for',
  },
  {
    primitives: ['call'],
    rule: 'dual',
    mutation: /./,
    because: 'folds write calls out before they read them: the rule is never asked for',
  },
  {
    primitives: ['call'],
    rule: 'batch',
    mutation: /./,
    because: 'folds write calls out before they read them: the rule is never asked for',
  },
  {
    primitives: ['abs', 'maximum', 'minimum', 'max', 'min', 'remainder'],
    rule: 'jvp',
    mutation: /^slope constant$/,
    because: 'the slope is constant between the kinks',
  },
  {
    primitives: ['sum', 'prod'],
    rule: 'evaluate',
    mutation: /^parameter 0 reversed$/,
    because: 'the order of the axes moves last bits only',
  },
  {
    primitives: ['prod'],
    rule: 'jvp',
    mutation: /^parameter 0 reversed$/,
    because: 'the order of the axes moves last bits only',
  },
]

const explanation = (m: Mutant): string | undefined =>
  EXPLAINED.find(
    (e) => e.primitives.includes(m.primitive) && e.rule === m.mutation.rule && e.mutation.test(m.mutation.name),
  )?.because

// -------------------------------------------------------------------------------------------------------------- running

const names = process.argv.slice(2).filter((a, i, all) => !a.startsWith('--') && all[i - 1] !== '--runs')
const flag = process.argv.indexOf('--runs')
const RUNS = flag < 0 ? 30 : Number(process.argv[flag + 1])

/** Whether any law of a primitive fails. */
const isNoticed = (p: (typeof Laws.table)[keyof typeof Laws.table]): string | undefined => {
  const { laws } = Laws.primitive(p as never)
  // what a record states by value needs no sample: first
  const ordered = [...laws.slice(-3), ...laws.slice(0, -3)]
  const runs = RUNS + 2 * p.samples.cases.length
  for (const [i, l] of ordered.entries())
    try {
      if (fc.check(l.property, { numRuns: i < 3 ? 1 : runs, endOnFailure: true }).failed) return l.name
    } catch {
      return l.name
    }
  return undefined
}

/** Whether a mutation changes the parameters of any sample at all. */
const changesParams = (m: Mutation, cases: readonly { readonly params: unknown }[]): boolean => {
  const found = /^parameter (\d) (reversed|moved)$/.exec(m.name)
  if (found === null) return true
  const [, field, how] = found as unknown as [string, string, 'reversed' | 'moved']
  return cases.some((c) => !same(fieldWrong(how, Number(field), c.params), c.params))
}

let made = 0
let killed = 0
const survivors: { readonly mutant: Mutant; readonly because: string | undefined }[] = []
const unchanged: Mutant[] = []
const by = new Map<string, number>()

for (const [name, record] of Object.entries(Laws.table)) {
  if (names.length > 0 && !names.includes(name)) continue
  const rules = record as unknown as Rules
  const arity = Math.max(0, ...record.samples.cases.map((c) => c.args.length))
  const before = { made, killed }
  for (const mutation of MUTATIONS) {
    const rule = rules[mutation.rule]
    if (typeof rule !== 'function' || !changesParams(mutation, record.samples.cases)) continue
    const wrong = mutation.make(rule as Rule, record.results === 'many' ? 2 : arity)
    if (wrong === null) continue
    const watch: Watch = { calls: 0, differs: false }
    rules[mutation.rule] = watched(mutation, rule as Rule, wrong, watch)
    let noticed: string | undefined
    try {
      noticed = isNoticed(record)
    } finally {
      rules[mutation.rule] = rule
    }
    if (noticed === undefined && watch.calls > 0 && !watch.differs) {
      unchanged.push({ primitive: name, mutation })
      continue
    }
    made++
    if (noticed !== undefined) {
      killed++
      by.set(noticed, (by.get(noticed) ?? 0) + 1)
    } else {
      const mutant = { primitive: name, mutation }
      survivors.push({ mutant, because: explanation(mutant) })
    }
  }
  console.log(`${name.padEnd(14)} ${killed - before.killed} of ${made - before.made}`)
}

console.log('\nnoticed by')
for (const [law, n] of [...by].sort((a, b) => b[1] - a[1])) console.log(`  ${String(n).padStart(5)}  ${law}`)
const explained = survivors.filter((s) => s.because !== undefined)
const open = survivors.filter((s) => s.because === undefined)
const groups = new Map<string, string[]>()
for (const { primitive, mutation } of unchanged) {
  const key = `${mutation.rule}: ${mutation.name}`
  groups.set(key, [...(groups.get(key) ?? []), primitive])
}
console.log(`\n${unchanged.length} mutations change no answer: not counted`)
for (const [key, of] of groups) console.log(`  ${key} (${of.join(', ')})`)
console.log(`\n${explained.length} mutants mean the same`)
for (const { mutant, because } of explained)
  console.log(`  ${mutant.primitive}.${mutant.mutation.rule}: ${mutant.mutation.name} (${because})`)
console.log(`\n${open.length} mutants survive`)
for (const { mutant } of open) console.log(`  ${mutant.primitive}.${mutant.mutation.rule}: ${mutant.mutation.name}`)
console.log(`\nmutation score ${killed} of ${made - explained.length}`)
process.exitCode = open.length === 0 ? 0 : 1
