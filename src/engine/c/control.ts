/** Control flow as C: routines are called with tables of addresses, which move from round to round. */
import type { Memory } from '../../core/nest.js'
import { type Branch, type Control, type Repeat, type Routine, tableSize } from '../control.js'
import { byteSize } from '../memory-plan.js'

/** What control flow is written with. */
export interface ControlSite {
  readonly line: (text: string) => void
  /** The expression of memory's address: bytes from the base. */
  readonly addressOf: (memory: Memory) => string
  /** The names of the functions of its routines. */
  readonly bodies: readonly string[]
}

/** Calls a routine; what it found out of range is added to `bad`. */
const call = ({ line }: ControlSite, r: Routine, name: string, hasCheck: boolean): void => {
  line(`${name}(base, frame);`)
  if (!hasCheck) return
  for (const m of r.schedule.checks) line(`bad |= *(int *)(base + frame[0] + ${r.plan.offsets.get(m)});`)
}

/** The table of a routine that is about to be called, in `frame`. */
const frameFor = ({ line, addressOf }: ControlSite, r: Routine, memory: Memory): void => {
  line(`long long *const frame = (long long *)(base + ${addressOf(memory)});`)
  line(`frame[0] = ${addressOf(memory)} + ${tableSize(r.schedule)};`)
}

const emitRepeat = (site: ControlSite, c: Repeat): void => {
  const { line, addressOf } = site
  const { inputs, outputs } = c.body.schedule
  const nc = c.constants.length
  const nk = c.carry.length
  const firstOutput = 1 + inputs.length
  frameFor(site, c.body, c.frame)
  c.constants.forEach((m, i) => {
    line(`frame[${1 + i}] = ${addressOf(m)};`)
  })
  // written last: the end
  const endsFirst = c.length % 2 === 1
  c.carry.forEach(({ start, end, spare }, i) => {
    const [to, other] = endsFirst ? [end, spare ?? end] : [spare ?? end, end]
    line(`long long from${i} = ${addressOf(start)}, to${i} = ${addressOf(to)}, other${i} = ${addressOf(other)};`)
  })
  line(`for (long t = 0; t < ${c.length}; t++) {`)
  line(`const long row = ${c.reverse ? `${c.length - 1} - t` : 't'};`)
  const rows = (stacks: readonly Memory[], word: number, each: readonly Memory[], from: number): void =>
    stacks.forEach((m, i) => {
      line(`frame[${word + i}] = ${addressOf(m)} + row * ${byteSize(each[from + i] as Memory)};`)
    })
  rows(c.xs, 1 + nc + nk, inputs, nc + nk)
  rows(c.ys, firstOutput + nk, outputs, nk)
  c.carry.forEach((_, i) => {
    line(`frame[${1 + nc + i}] = from${i};`)
    line(`frame[${firstOutput + i}] = to${i};`)
    // what was written is read next, and the other place written
    line(`{ const long long next = other${i}; from${i} = to${i}; other${i} = to${i}; to${i} = next; }`)
  })
  call(site, c.body, site.bodies[0] as string, c.check !== null)
  line('}')
}

const emitBranch = (site: ControlSite, c: Branch): void => {
  const { line, addressOf, bodies } = site
  const one = (r: Routine, name: string): void => {
    frameFor(site, r, c.frame)
    ;[...c.inputs, ...c.outputs].forEach((m, i) => {
      line(`frame[${1 + i}] = ${addressOf(m)};`)
    })
    call(site, r, name, c.check !== null)
  }
  line(`if (*(unsigned char *)(base + ${addressOf(c.predicate)})) {`)
  one(c.onTrue, bodies[0] as string)
  line('} else {')
  one(c.onFalse, bodies[1] as string)
  line('}')
}

/** Writes control flow. */
export const emitControl = (site: ControlSite, c: Control): void => {
  site.line('{')
  if (c.check !== null) site.line('int bad = 0;')
  if (c.kind === 'repeat') emitRepeat(site, c)
  else emitBranch(site, c)
  if (c.check !== null) site.line(`*(int *)(base + ${site.addressOf(c.check)}) = bad;`)
  site.line('}')
}
