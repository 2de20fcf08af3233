/**
 * `npm run bench`: lanac beside jax-js and TensorFlow.js, and beside PyTorch and JAX where there is a Python that has them, in
 * one run; whether lanac keeps to its bars; then what compiling, calls and long chains cost.
 *
 * Every contestant runs in a process of its own, in turn, several times over; a figure is the median of the runs'. What the
 * machine does at the most is measured beside each of lanac's tasks, by turns. Peers
 * that are not there, or fail, are left out, in words.
 *
 * `-- --json FILE` also writes the figures to a file; `--only training,digits` runs some comparisons alone; `--rounds 5` runs
 * them more often. LANAC_PYTHON names the Python.
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { judged } from './bars.js'
import { build, run } from './child.js'
import { COMPARISONS, type ComparisonName, type Contestant } from './contestant.js'
import { inJavaScript, missing as missingJavaScript, peerPrograms, peerVersion } from './javascript.js'
import { type Figures, type LimitOf, type Limits, medianPairs, medians, type Outcome, type Pair } from './measure.js'
import { COMPARED_STEPS } from './networks.js'
import { inPythons, missing as missingPython, python } from './python.js'
import { barred, compared, paired, type Reached } from './table.js'
import { copy, missing as missingTargets, programs, targets } from './targets.js'

const { values } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
})
const names = Object.keys(COMPARISONS) as ComparisonName[]
const parts: readonly string[] = [...names, 'engine', 'threads', 'background', 'chains']
const only = values.only?.split(',') ?? parts
for (const name of only)
  if (!parts.includes(name)) throw new Error(`there is no comparison called ${name}: there are ${parts.join(', ')}`)
const isAsked = (name: string): boolean => only.includes(name)
const asked = names.filter(isAsked)

build([...programs, ...peerPrograms])
const contestants = [...targets, copy, ...inJavaScript, ...inPythons(isAsked('digits'))]

// ------------------------------------------------------------------------------------------------------------- running

const isOurs = (contestant: Contestant): boolean => targets.some(({ name }) => name === contestant.name)
const leftOut: string[] = [...missingTargets, ...missingJavaScript, ...missingPython]

/** What everybody gave, round by round: in turn, so that what disturbs the machine disturbs all of them. */
const inTurn = (comparison: ComparisonName): ReadonlyMap<string, readonly Outcome[]> => {
  const gave = new Map<string, readonly Outcome[]>()
  const failed = new Set<string>()
  const rounds = values.rounds === undefined ? COMPARISONS[comparison].rounds : Number(values.rounds)
  for (let i = 0; i < rounds; i++)
    for (const contestant of contestants) {
      const { name, parts } = contestant
      const child = parts[comparison]
      if (child === undefined || failed.has(name)) continue
      try {
        gave.set(name, [...(gave.get(name) ?? []), run<Outcome>(child)])
      } catch (error) {
        if (isOurs(contestant)) throw error
        failed.add(name)
        gave.delete(name)
        leftOut.push(
          `${name} failed at ${COMPARISONS[comparison].title}: ${(error as Error).message.split('\n').at(-1)}`,
        )
      }
    }
  return gave
}

/** How far everybody's losses are from lanac's, relatively. */
const differencesOf = (gave: ReadonlyMap<string, readonly Outcome[]>): readonly (readonly [string, number])[] => {
  const own = gave.get(targets[0].name)?.[0]?.losses ?? {}
  const others = [...gave].filter(([name]) => name !== targets[0].name)
  return others.flatMap(([name, rounds]) =>
    rounds.flatMap(({ losses }) =>
      Object.entries(losses).map(([task, loss]) => [name, Math.abs(loss / (own[task] as number) - 1)] as const),
    ),
  )
}

const loads = [loadavg()[0] as number]

const outcomes = asked.map((name) => [name, inTurn(name)] as const)

const differences = new Map<string, number>()
for (const [name, difference] of outcomes.flatMap(([, gave]) => differencesOf(gave)))
  differences.set(name, Math.max(difference, differences.get(name) ?? 0))
for (const [name, difference] of differences)
  if (!(difference < 1e-4))
    throw new Error(
      `the losses of ${name} differ by ${difference} after ${COMPARED_STEPS} steps: it computes something else`,
    )

const reached = outcomes.map(([name, gave]): readonly [ComparisonName, Reached] => [
  name,
  new Map([...gave].map(([contestant, rounds]) => [contestant, medians(rounds.map(({ figures }) => figures))])),
])

const figureOf = (contestant: string, task: string): number | undefined =>
  reached.flatMap(([, figures]) => figures.get(contestant)?.[task] ?? [])[0]

/** What the machine does at the most, measured beside each target. */
const limits = outcomes.map(([name, gave]): readonly [ComparisonName, Readonly<Record<string, Limits>>] => [
  name,
  Object.fromEntries(
    [...gave].map(([contestant, rounds]) => {
      const measured = rounds.map(({ limits: l = {} }) => l)
      const each = Object.keys(measured[0] ?? {}).map((l) => [l, medians(measured.map((m) => m[l] as Figures))])
      return [contestant, Object.fromEntries(each)]
    }),
  ),
])
const limitOf: LimitOf = (limit, target, task) =>
  limits.flatMap(([, measured]) => measured[target]?.[limit]?.[task] ?? [])[0]
const bars = judged(targets, figureOf, limitOf)

/** What only lanac does. */
const alone: readonly Pair[] = [
  ...(isAsked('engine')
    ? targets
        .filter(({ parts }) => 'small' in parts)
        .flatMap(({ name, program }) =>
          medianPairs([0, 1].map(() => run<readonly Pair[]>(program('engine')))).map(
            (pair): Pair => ({ ...pair, name: `${name}: ${pair.name}` }),
          ),
        )
    : []),
  ...(isAsked('threads') ? medianPairs([0, 1, 2].map(() => run<readonly Pair[]>(targets[0].program('threads')))) : []),
  ...(isAsked('background') && targets.some(({ isNative }) => isNative)
    ? medianPairs([0, 1, 2, 3, 4].map(() => run<readonly Pair[]>(targets[0].program('background'))))
    : []),
  ...(isAsked('chains')
    ? Object.entries(run<Figures>(targets[0].program('chains'))).map(
        ([name, figure]): Pair => ({ name, ours: figure, peer: null, unit: 'µs an operation' }),
      )
    : []),
]

loads.push(loadavg()[0] as number)

// ------------------------------------------------------------------------------------------------------------ printing

const versions = {
  node: process.version,
  'node of peers': peerVersion,
  python: python.python,
  torch: python.torch,
  jax: python.jax,
}
const known = Object.entries(versions).flatMap(([name, version]) => (version === null ? [] : [`${name} ${version}`]))
console.log(`${known.join(', ')}; load average ${loads.map((l) => l.toFixed(1)).join(' before, ')} after`)
console.log(
  'medians; ratios are those of the numbered / the contestant: of times, below 1 lanac is faster; of rates, above 1',
)
if (differences.size > 0)
  console.log(
    `losses after ${COMPARED_STEPS} steps agree with lanac's to: ${[...differences].map(([name, d]) => `${name} ${d.toPrecision(1)}`).join('; ')}`,
  )
for (const words of leftOut) console.log(`left out: ${words}`)

for (const [name, figures] of reached)
  console.log(`\n${compared(COMPARISONS[name], contestants, targets, figures, limitOf).join('\n')}`)
if (bars.length > 0) console.log(`\n${barred(bars).join('\n')}`)
if (alone.length > 0) console.log(`\n${paired(alone).join('\n')}`)

if (values.json !== undefined) {
  const comparisons = reached.map(([name, figures]) => ({
    ...COMPARISONS[name],
    name,
    figures: Object.fromEntries(figures),
    limits: limits.find(([comparison]) => comparison === name)?.[1],
  }))
  writeFileSync(
    values.json,
    `${JSON.stringify({ versions, loads, differences: Object.fromEntries(differences), comparisons, bars, alone }, null, 2)}\n`,
  )
}
