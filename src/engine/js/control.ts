/** Control flow as JavaScript: loops in which names stand for other arrays from round to round, and one of two blocks. */
import type { Memory } from '../../core/nest.js'
import type { Branch, Control, Repeat, Routine } from '../control.js'
import type { Schedule } from '../schedule.js'

/** Writes the kernels of a schedule under a prefix; gives the calls that run them in order. */
type WriteKernels = (s: Schedule, prefix: string) => readonly string[]

/** The calls that run a routine, whose memory has its names by now, and add up what was out of range. */
const calls = (
  r: Routine,
  prefix: string,
  hasCheck: boolean,
  nameOf: (m: Memory) => string,
  kernels: WriteKernels,
): readonly string[] => [
  ...kernels(r.schedule, prefix),
  ...(hasCheck ? r.schedule.checks.map((m) => `bad |= ${nameOf(m)}[0]`) : []),
]

const repeatText = (
  c: Repeat,
  nameOf: (m: Memory) => string,
  names: Map<Memory, string>,
  own: string,
  kernels: WriteKernels,
): readonly string[] => {
  const { inputs, outputs } = c.body.schedule
  const nc = c.constants.length
  const nk = c.carry.length
  c.constants.forEach((m, i) => {
    names.set(inputs[i] as Memory, nameOf(m))
  })
  const before: string[] = []
  const after: string[] = []
  c.carry.forEach(({ start, end, spare }, i) => {
    const [read, written, other] = [`${own}_c${i}`, `${own}_d${i}`, `${own}_e${i}`]
    const [to, next] = c.length % 2 === 1 ? [end, spare ?? end] : [spare ?? end, end]
    names.set(inputs[nc + i] as Memory, read)
    names.set(outputs[i] as Memory, written)
    before.push(`  let ${read} = ${nameOf(start)}, ${written} = ${nameOf(to)}, ${other} = ${nameOf(next)}`)
    after.push(`    ${read} = ${written}`, `    ${written} = ${other}`, `    ${other} = ${read}`)
  })
  const row = (stack: Memory, each: Memory, name: string): string => {
    names.set(each, name)
    return `    const ${name} = ${nameOf(stack)}.subarray(at * ${each.size}, (at + 1) * ${each.size})`
  }
  const rows = [
    ...c.xs.map((m, i) => row(m, inputs[nc + nk + i] as Memory, `${own}_x${i}`)),
    ...c.ys.map((m, i) => row(m, outputs[nk + i] as Memory, `${own}_y${i}`)),
  ]
  return [
    ...before,
    `  for (let t = 0; t < ${c.length}; t++) {`,
    ...(rows.length === 0 ? [] : [`    const at = ${c.reverse ? `${c.length - 1} - t` : 't'}`]),
    ...rows,
    ...calls(c.body, `${own}_`, c.check !== null, nameOf, kernels).map((x) => `    ${x}`),
    ...after,
    '  }',
  ]
}

const branchText = (
  c: Branch,
  nameOf: (m: Memory) => string,
  names: Map<Memory, string>,
  own: string,
  kernels: WriteKernels,
): readonly string[] => {
  const one = (r: Routine, n: number): readonly string[] => {
    c.inputs.forEach((m, i) => {
      names.set(r.schedule.inputs[i] as Memory, nameOf(m))
    })
    c.outputs.forEach((m, i) => {
      names.set(r.schedule.outputs[i] as Memory, nameOf(m))
    })
    return calls(r, `${own}_${n}_`, c.check !== null, nameOf, kernels).map((x) => `    ${x}`)
  }
  return [`  if (${nameOf(c.predicate)}[0] !== 0) {`, ...one(c.onTrue, 0), '  } else {', ...one(c.onFalse, 1), '  }']
}

/** The statements of control flow; names what its routines read and write. */
export const controlText = (
  c: Control,
  nameOf: (m: Memory) => string,
  names: Map<Memory, string>,
  own: string,
  kernels: WriteKernels,
): readonly string[] => {
  const lines =
    c.kind === 'repeat' ? repeatText(c, nameOf, names, own, kernels) : branchText(c, nameOf, names, own, kernels)
  return c.check === null ? lines : ['  let bad = 0', ...lines, `  ${nameOf(c.check)}[0] = bad`]
}
