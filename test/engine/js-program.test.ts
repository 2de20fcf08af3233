/** WebAssembly and JavaScript compute what the evaluator does. */
import { arena } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { compileInJs } from '../../src/engine/js/program.js'
import { primitivesEverywhere } from './primitives-everywhere.js'
import { programsEverywhere } from './programs-everywhere.js'
import type { Tested } from './same.js'

const memory = arena(2 ** 24)

const targets: readonly Tested[] = [
  { name: 'JavaScript', compile: compileInJs },
  { name: 'WebAssembly', compile: (p) => compileProgram(p, memory) },
]

primitivesEverywhere(targets, 4)
programsEverywhere(targets, { programs: 1000, derivatives: 500, stacks: 500, sorts: 60, products: 60, batch: 1 })
