/**
 * Calls written out: the same steps as any call's, as straight code for one program.
 *
 * A tiny network's step takes a microsecond, and half of that is what stands around it: a loop over arguments asks of each
 * what is known of it. Written out, nothing is asked but whether the arguments stand in the arena.
 */
import { mayCompileText } from '../core/text-code.js'
import { Concrete, elementAt } from '../tensor/concrete.js'
import { SCALAR, sizeOf } from '../tensor/shape.js'
import type { Arena } from './arena.js'
import { type CallLayout, IN_CELL, ON_HEAP, SHIFT } from './call-layout.js'
import type { OnHeap } from './on-heap.js'

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

/** A program's call written out; null where text must not become code, or it takes and gives too many values. */
export const writtenCall = (
  layout: CallLayout,
  a: Arena,
  run: (table: number) => void,
  onHeap: OnHeap | null,
): WrittenCall | null => {
  const { bytes, words, isFar, cells, staying, outputs, slabs, workspace, checks } = layout
  if (cells.length + outputs.length > LARGEST || !mayCompileText()) return null
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
    const inArena = `r${i} !== null && r${i}.owner === a && r${i}.address >= 0`
    const standing = [`r${i}.pinned = call`, `table[to + ${n}] = r${i}.address + ${x}.place`]
    if (onHeap !== null && staying[i] === true) {
      lines.push(`if (${inArena}) { ${standing.join('; ')} } else {`)
      lines.push(`const place = placeOf(${x})`, 'if (place === null) return undefined', `table[to + ${n}] = place`, '}')
    } else lines.push(`if (!(${inArena})) return undefined`, ...standing)
    n += 1
  })
  slabs.forEach((size, i) => {
    lines.push(`const s${i} = a.slab(${size})`)
  })
  outputs.forEach(({ dtype, shape, home, place }, i) => {
    if (home === ON_HEAP) {
      lines.push(`const h${i} = freshOf('${dtype}', ${sizeOf(shape)}, ${i})`, `table[to + ${n++}] = h${i}[1]`)
      return
    }
    lines.push(`table[to + ${n++}] = ${home === IN_CELL ? 'at' : `s${home}.address`} + ${place}`)
  })
  lines.push('run(at)')
  for (const word of checks) lines.push(`if (a.whole('i32')[(working >> 2) + ${word}] !== 0) return null`)
  outputs.forEach(({ dtype, weak, home, place }, i) => {
    if (home === IN_CELL) {
      const value = `a.whole('${dtype}')[(at + ${place}) >> ${SHIFT[dtype]}]`
      lines.push(`const y${i} = new Concrete(SCALAR, '${dtype}', null, ${value}, ${weak})`)
    } else if (home === ON_HEAP)
      lines.push(`const y${i} = new Concrete(shapes[${i}], '${dtype}', h${i}[0], 0, ${weak})`)
    else {
      lines.push(`const y${i} = new Concrete(shapes[${i}], '${dtype}', null, 0, ${weak})`)
      lines.push(`y${i}.residence = s${home}`, `y${i}.place = ${place}`)
    }
  })
  const text = `return (inputs) => {\n${lines.join('\n')}\nreturn [${outputs.map((_, i) => `y${i}`).join(', ')}]\n}`
  const shapes = outputs.map((y) => y.shape)
  const given = { a, run, elementAt, shift: SHIFT, Concrete, SCALAR, shapes, ...onHeap }
  return new Function(...Object.keys(given), text)(...Object.values(given))
}
