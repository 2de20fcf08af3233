/** The report as text: columns side by side. */
import type { Judged } from './bars.js'
import type { Comparison, Contestant, Target } from './contestant.js'
import { type Figures, type LimitOf, median, type Pair } from './measure.js'
import { ARITHMETIC, NATIVE_PEAK, PEAK } from './tasks.js'

/** What every contestant reached, by its name. */
export type Reached = ReadonlyMap<string, Figures>

type Line = readonly string[]

const number = (x: number | null | undefined): string =>
  x === null || x === undefined ? '' : x < 0.0995 ? x.toPrecision(2) : x < 99.5 ? x.toPrecision(3) : x.toFixed(0)

/** Lines under each other, numbers to the right; words, in the first column and those named, to the left. */
const aligned = (lines: readonly Line[], words: readonly number[] = []): readonly string[] => {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)))
  return lines.map((line) =>
    line
      .map((cell, i) =>
        i === 0 || words.includes(i) ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
      )
      .join('  ')
      .trimEnd(),
  )
}

/**
 * Task by task, what everybody reached, and what lanac's targets, which are numbered, are of it: of limits, of what was measured
 * beside each target.
 */
export const compared = (
  { title, unit }: Comparison,
  contestants: readonly Contestant[],
  targets: readonly Target[],
  reached: Reached,
  limitOf: LimitOf,
): readonly string[] => {
  const own = targets.filter(({ name }) => reached.has(name))
  const tasks = Object.keys(reached.get(own[0]?.name ?? '') ?? {})
  const numberOf = (name: string) => own.findIndex((target) => target.name === name) + 1
  return aligned([
    [title, unit, ...own.map((_, i) => `${i + 1} /`)],
    ...tasks.flatMap((task) => [
      [task, '', ...own.map(() => '')],
      ...contestants.flatMap(({ name }): readonly Line[] => {
        const figure = reached.get(name)?.[task]
        if (figure === undefined) return []
        const ratios = own.map((target) => number((reached.get(target.name)?.[task] as number) / figure))
        const n = numberOf(name)
        return [
          n > 0 ? [`${n} ${name}`, number(figure), ...own.map(() => '')] : [`  ${name}`, number(figure), ...ratios],
        ]
      }),
      ...[PEAK, NATIVE_PEAK, ARITHMETIC].flatMap((limit): readonly Line[] => {
        const figures = own.map(({ name }) => limitOf(limit, name, task))
        const measured = figures.filter((x) => x !== undefined)
        const ratios = own.map(({ name }, i) =>
          figures[i] === undefined ? null : (reached.get(name)?.[task] as number) / figures[i],
        )
        return measured.length === 0 ? [] : [[`  ${limit}`, number(median(measured)), ...ratios.map(number)]]
      }),
    ]),
  ])
}

/** Bars, and whether they hold. */
export const barred = (bars: readonly Judged[]): readonly string[] =>
  aligned(
    [
      ['bar', 'target', 'peer', 'lanac', 'peer', 'ratio', '', 'bound', ''],
      ...bars.map(({ task, target, peer, ours, theirs, ratio, bound, isRate, holds }) => [
        task,
        target,
        peer,
        number(ours),
        number(theirs),
        number(ratio),
        isRate ? 'at least' : 'at most',
        number(bound),
        holds === null ? 'not measured' : holds ? 'holds' : 'missed',
      ]),
    ],
    [1, 2, 6, 8],
  )

/** Figures with, here and there, something that they are compared with. */
export const paired = (pairs: readonly Pair[]): readonly string[] =>
  aligned(
    [
      ['lanac alone', 'lanac', 'beside', 'ratio', ''],
      ...pairs.map(({ name, ours, peer, unit }) => [
        name,
        number(ours),
        number(peer),
        number(peer === null ? null : ours / peer),
        unit,
      ]),
    ],
    [4],
  )
