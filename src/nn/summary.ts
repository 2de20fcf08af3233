/** What a model is made of: its stages, its equations, its parameters counted. */
import { type Form, leading, showForm, under } from '../lens/form.js'
import type { AnyLayer } from '../lens/layer.js'
import { type Stage, stagesOf } from '../lens/stage.js'
import { type Key, key } from '../random/index.js'
import { trace } from '../tape/trace.js'
import { sizeOf } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** One line of a summary. */
export interface SummaryLine {
  readonly name: string
  /** The form of one example after this stage; null when it is known only at run time. */
  readonly output: Form | null
  readonly parameters: number
}

/** A model taken apart; as a text it is a table with the equations below. */
export interface Summary {
  readonly stages: readonly SummaryLine[]
  /** `h1 = relu(x·W1 + b1)`, … */
  readonly equations: readonly string[]
  readonly parameters: number
  readonly toString: () => string
}

// -------------------------------------------------------------------------------------------------------------- running

/** Elements of what a stage initialises, without drawing a number. */
const parametersOf = (s: Stage): number =>
  s.slots === 0 ? 0 : trace((k: Key) => s.init(k, 'f32'))(key(0)).results.reduce((n, r) => n + sizeOf(r.shape), 0)

/**
 * The number of parameters of a model.
 *
 * @example
 * ```ts
 * import { relu } from 'lanac'
 * import { chain, countParameters, dense } from 'lanac/nn'
 * const model = chain(dense(2, 5), relu, dense(5, 10), relu, dense(10, 5), relu, dense(5, 2))
 * assert.equal(countParameters(model), 142)
 * ```
 */
export const countParameters = (model: AnyLayer): number =>
  stagesOf(model.rope).reduce((n, s) => n + parametersOf(s), 0)

/** The equations of a model: a new name wherever a result goes into parameters again. */
const equationsOf = (model: AnyLayer): readonly string[] => {
  const lines: string[] = []
  let symbol = 'x'
  let expression = symbol
  let numbered = 0
  let hidden = 0
  for (const s of stagesOf(model.rope)) {
    if (s.slots > 0 && expression !== symbol) {
      hidden += 1
      symbol = `h${hidden}`
      lines.push(`${symbol} = ${expression}`)
      expression = symbol
    }
    if (s.slots > 0) numbered += 1
    expression = s.equation(expression, String(numbered))
  }
  return [...lines, `y = ${expression}`]
}

const linesOf = (model: AnyLayer): readonly SummaryLine[] => {
  let form: Form | null = model.input
  return stagesOf(model.rope).map((s) => {
    const batch = form === null || s.input === null ? null : leading(form, s.input)
    const output = s.output(s.input ?? form)
    form = output !== null && batch !== null ? under(batch, output) : output
    const parameters = parametersOf(s)
    return { name: s.name, output: form, parameters }
  })
}

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

const table = (rows: readonly (readonly [string, string, string])[]): string => {
  const width = (i: 0 | 1 | 2): number => Math.max(...rows.map((r) => r[i].length))
  return rows.map(([a, o, n]) => `${a.padEnd(width(0))}  ${o.padEnd(width(1))}  ${n.padStart(width(2))}`).join('\n')
}

/**
 * A model's structure, its equations and the number of its parameters.
 *
 * @example
 * ```ts
 * import { relu } from 'lanac'
 * import { chain, dense, summary } from 'lanac/nn'
 * const s = summary(chain(dense(2, 5), relu, dense(5, 2)))
 * assert.equal(s.parameters, 27)
 * assert.deepStrictEqual(s.equations, ['h1 = relu(x·W1 + b1)', 'y = h1·W2 + b2'])
 * assert.ok(String(s).includes('dense(2, 5)'))
 * ```
 */
export const summary = (model: AnyLayer): Summary => {
  const stages = linesOf(model)
  const equations = equationsOf(model)
  const parameters = stages.reduce((n, s) => n + s.parameters, 0)
  const shown = (f: Form | null): string => (f === null ? '?' : showForm(f))
  return {
    stages,
    equations,
    parameters,
    toString: () =>
      [
        table([
          ['stage', 'output', 'parameters'],
          ['input', shown(model.input), ''],
          ...stages.map((s) => [s.name, shown(s.output), s.parameters === 0 ? '' : grouped(s.parameters)] as const),
          ['total', '', grouped(parameters)],
        ]),
        '',
        ...equations,
      ].join('\n'),
  }
}
