/** Control flow as WebAssembly: routines are called with tables of addresses, which move from round to round. */
import type { Memory } from '../../core/nest.js'
import { type Branch, type Control, type Repeat, type Routine, tableSize } from '../control.js'
import { byteSize, type MemoryPlan } from '../memory-plan.js'
import type { Code, Local } from './code.js'
import type { Address, AddressOf } from './path.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A routine that is about to be called: the addresses of its table and of its workspace. */
interface Frame {
  readonly table: Local
  readonly workspace: Local
}

// ------------------------------------------------------------------------------------------------------------ addresses

/** Reads the addresses of memory from a table, each once. */
export const addressesIn = (
  code: Code,
  table: Local,
  places: ReadonlyMap<Memory, number>,
  plan: MemoryPlan,
  used: readonly Memory[],
): AddressOf => {
  const word = (n: number): Local => {
    const local = code.local('i32')
    code.get(table)
    code.memory('i32.load', { offset: 4 * n })
    code.set(local)
    return local
  }
  const workspace = word(0)
  const bases = new Map<Memory, Address>()
  for (const m of used) {
    const n = places.get(m)
    if (n !== undefined) bases.set(m, { base: word(n), offset: 0 })
  }
  return (m) => bases.get(m) ?? { base: workspace, offset: plan.offsets.get(m) as number }
}

/** A local that holds an address, some bytes on. */
const addressIn = (code: Code, { base, offset }: Address, by = 0): Local => {
  const local = code.local('i32')
  code.get(base)
  if (offset + by !== 0) {
    code.i32(offset + by)
    code.op('i32.add')
  }
  code.set(local)
  return local
}

const write = (code: Code, { table }: Frame, word: number, address: Local): void => {
  code.get(table)
  code.get(address)
  code.memory('i32.store', { offset: 4 * word })
}

const advance = (code: Code, address: Local, bytes: number): void => {
  code.get(address)
  code.i32(bytes)
  code.op('i32.add')
  code.set(address)
}

// -------------------------------------------------------------------------------------------------------------- calling

const frameFor = (code: Code, r: Routine, memory: Memory, addressOf: AddressOf): Frame => {
  const table = addressIn(code, addressOf(memory))
  const workspace = addressIn(code, addressOf(memory), tableSize(r.schedule))
  const frame = { table, workspace }
  write(code, frame, 0, workspace)
  return frame
}

/** Calls a routine; what it found out of range is added to `bad`. */
const call = (code: Code, r: Routine, index: number, { table, workspace }: Frame, bad: Local | null): void => {
  code.get(table)
  code.call(index)
  if (bad === null) return
  for (const m of r.schedule.checks) {
    code.get(bad)
    code.get(workspace)
    code.memory('i32.load', { offset: r.plan.offsets.get(m) as number })
    code.op('i32.or')
    code.set(bad)
  }
}

/** Begins the count of what is out of range; `keep` writes it. */
const counting = (
  code: Code,
  check: Memory | null,
  addressOf: AddressOf,
): { readonly bad: Local | null; readonly keep: () => void } => {
  if (check === null) return { bad: null, keep: () => undefined }
  const bad = code.local('i32')
  code.i32(0)
  code.set(bad)
  return {
    bad,
    keep: () => {
      const { base, offset } = addressOf(check)
      code.get(base)
      code.get(bad)
      code.memory('i32.store', { offset })
    },
  }
}

// -------------------------------------------------------------------------------------------------------------- running

const emitRepeat = (code: Code, c: Repeat, body: number, addressOf: AddressOf): void => {
  const { schedule } = c.body
  const { inputs, outputs } = schedule
  const frame = frameFor(code, c.body, c.frame, addressOf)
  const firstOutput = 1 + inputs.length
  const nc = c.constants.length
  c.constants.forEach((m, i) => {
    write(code, frame, 1 + i, addressIn(code, addressOf(m)))
  })
  /** Rows that move from round to round. */
  const rows = (stacks: readonly Memory[], word: number, each: readonly Memory[], from: number) =>
    stacks.map((m, i) => {
      const bytes = byteSize(each[from + i] as Memory)
      const start = c.reverse ? bytes * (c.length - 1) : 0
      return { word: word + i, bytes: c.reverse ? -bytes : bytes, address: addressIn(code, addressOf(m), start) }
    })
  const moving = [
    ...rows(c.xs, 1 + nc + c.carry.length, inputs, nc + c.carry.length),
    ...rows(c.ys, firstOutput + c.carry.length, outputs, c.carry.length),
  ]
  // written last: the end
  const endsFirst = c.length % 2 === 1
  const carried = c.carry.map(({ start, end, spare }, i) => {
    const [to, other] = endsFirst ? [end, spare ?? end] : [spare ?? end, end]
    return {
      read: 1 + nc + i,
      written: firstOutput + i,
      from: addressIn(code, addressOf(start)),
      to: addressIn(code, addressOf(to)),
      other: addressIn(code, addressOf(other)),
    }
  })
  const { bad, keep } = counting(code, c.check, addressOf)
  const counter = code.local('i32')
  const swapped = code.local('i32')
  code.i32(c.length)
  code.set(counter)
  code.loop((again) => {
    for (const r of moving) {
      write(code, frame, r.word, r.address)
      advance(code, r.address, r.bytes)
    }
    for (const r of carried) {
      write(code, frame, r.read, r.from)
      write(code, frame, r.written, r.to)
      // what was written is read next, and the other place written
      code.get(r.other)
      code.set(swapped)
      code.get(r.to)
      code.tee(r.from)
      code.set(r.other)
      code.get(swapped)
      code.set(r.to)
    }
    call(code, c.body, body, frame, bad)
    code.get(counter)
    code.i32(1)
    code.op('i32.sub')
    code.tee(counter)
    code.brIf(again)
  })
  keep()
}

const emitBranch = (code: Code, c: Branch, bodies: readonly number[], addressOf: AddressOf): void => {
  const { bad, keep } = counting(code, c.check, addressOf)
  const one = (r: Routine, index: number) => (): void => {
    const frame = frameFor(code, r, c.frame, addressOf)
    ;[...c.inputs, ...c.outputs].forEach((m, i) => {
      write(code, frame, 1 + i, addressIn(code, addressOf(m)))
    })
    call(code, r, index, frame, bad)
  }
  const { base, offset } = addressOf(c.predicate)
  code.get(base)
  code.memory('i32.load8_u', { offset })
  code.if(one(c.onTrue, bodies[0] as number), one(c.onFalse, bodies[1] as number))
  keep()
}

/** Writes control flow; `bodies` are the functions of its routines. */
export const emitControl = (code: Code, c: Control, bodies: readonly number[], addressOf: AddressOf): void =>
  code.scope(() => {
    if (c.kind === 'repeat') emitRepeat(code, c, bodies[0] as number, addressOf)
    else emitBranch(code, c, bodies, addressOf)
  })
