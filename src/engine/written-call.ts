/**
 * Calls written out: the same steps as any call's, as straight code for one program.
 *
 * A tiny network's step takes a microsecond, and half of that is what stands around it: a loop over arguments asks of each
 * what is known of it. Written out, nothing is asked but whether the arguments stand in the arena.
 */
import { mayCompileText } from '../core/text-code.js'
import { Concrete, elementAt } from '../tensor/concrete.js'
import { SCALAR } from '../tensor/shape.js'
import type { Arena } from './arena.js'
import { type CallLayout, IN_CELL, ON_HEAP, SHIFT } from './call-layout.js'

// ---------------------------------------------------------------------------------------------------------------- model

/**
 * A call; undefined when it is not for this code, null when an index is out of range.
 *
 * @throws ValueError when the values do not fit beside what the arena holds
 */
export type WrittenCall = (inputs: readonly Concrete[]) => Concrete[] | null | undefined

/** Arguments and results beyond which what is asked of them is not what takes long. */
const LARGEST = 128

// -------------------------------------------------------------------------------------------------------------- running

/** A program's call written out; null where text must not become code, or results are too long or too many for it. */
export const writtenCall = (layout: CallLayout, a: Arena, run: (table: number) => void): WrittenCall | null => {
  const { bytes, words, isFar, cells, outputs, slabs, workspace, checks } = layout
  if (cells.length + outputs.length > LARGEST || outputs.some(({ home }) => home === ON_HEAP) || !mayCompileText())
    return null
  const lines = [
    `const call = a.begin(${bytes})`,
    `const at = a.table(${words}), working = a.workspace(${workspace})`,
    `const table = a.whole('${isFar ? 'f64' : 'i32'}'), to = at >> ${isFar ? 3 : 2}`,
    'table[to] = working',
  ]
  let n = 1
  cells.forEach((cell, i) => {
    const x = `x${i}`
    lines.push(`const ${x} = inputs[${i}]`)
    if (cell >= 0) {
      // its element type is that of the program
      lines.push(`a.whole(${x}.dtype)[(at + ${cell}) >> shift[${x}.dtype]] = elementAt(${x}, 0)`)
      lines.push(`table[to + ${n++}] = at + ${cell}`)
      return
    }
    lines.push(`const r${i} = ${x}.residence`)
    lines.push(`if (!(r${i} !== null && r${i}.owner === a && r${i}.address >= 0)) return undefined`)
    lines.push(`r${i}.pinned = call`, `table[to + ${n++}] = r${i}.address + ${x}.place`)
  })
  slabs.forEach((size, i) => {
    lines.push(`const s${i} = a.slab(${size})`)
  })
  for (const { home, place } of outputs)
    lines.push(`table[to + ${n++}] = ${home === IN_CELL ? 'at' : `s${home}.address`} + ${place}`)
  lines.push('run(at)')
  for (const word of checks) lines.push(`if (a.whole('i32')[(working >> 2) + ${word}] !== 0) return null`)
  outputs.forEach(({ dtype, weak, home, place }, i) => {
    if (home === IN_CELL) {
      const value = `a.whole('${dtype}')[(at + ${place}) >> ${SHIFT[dtype]}]`
      lines.push(`const y${i} = new Concrete(SCALAR, '${dtype}', null, ${value}, ${weak})`)
    } else {
      lines.push(`const y${i} = new Concrete(shapes[${i}], '${dtype}', null, 0, ${weak})`)
      lines.push(`y${i}.residence = s${home}`, `y${i}.place = ${place}`)
    }
  })
  const text = `return (inputs) => {\n${lines.join('\n')}\nreturn [${outputs.map((_, i) => `y${i}`).join(', ')}]\n}`
  const shapes = outputs.map((y) => y.shape)
  const given = { a, run, elementAt, shift: SHIFT, Concrete, SCALAR, shapes }
  return new Function(...Object.keys(given), text)(...Object.values(given))
}
