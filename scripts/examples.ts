/**
 * Runs every program of examples/ as a user would, and shows the output of those that fail. What they share, in
 * examples/support/, is no program. The long one (training on MNIST, `npm start`) is left out unless EXAMPLES=all.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { filesBelow, root } from './files.js'

const long: ReadonlySet<string> = new Set(['examples/mnist.ts'])
const programs = filesBelow('examples', '.ts').filter(
  (file) => !file.startsWith('examples/support/') && (process.env.EXAMPLES === 'all' || !long.has(file)),
)

/** Whether a program ended well, within ten minutes. */
const run = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const start = performance.now()
    const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: root, timeout: 600_000 })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${file} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
      if (code !== 0) console.log(Buffer.concat(output).toString().replace(/^/gm, '    '))
      resolve(code === 0)
    })
  })

const queue = [...programs]
const worker = async (): Promise<readonly boolean[]> => {
  const file = queue.shift()
  return file === undefined ? [] : [await run(file), ...(await worker())]
}
const results = (await Promise.all(Array.from({ length: availableParallelism() }, worker))).flat()
const failed = results.filter((ok) => !ok).length
console.log(`examples: ${results.length - failed} ran, ${failed} failed`)
if (failed > 0 || results.length === 0) process.exitCode = 1
