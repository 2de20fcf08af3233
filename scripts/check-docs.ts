/** Type-checks the documentation's code: writes each block as a module (see docs.ts) and compiles them all. */
import { relative } from 'node:path'
import { writeModules } from './docs.js'
import { root } from './files.js'
import { tsc } from './tsc.js'

const blocks = new Map(writeModules().map((b) => [relative(root, b.path).replaceAll('\\', '/'), b.file]))
const problems = blocks.size === 0 ? [] : tsc('test/docs')
for (const { file, line, message } of problems) console.error(`${blocks.get(file) ?? file}:${line}: ${message}`)
if (problems.length > 0) process.exitCode = 1
else console.log(`docs: ${blocks.size} blocks type-check`)
