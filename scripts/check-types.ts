/**
 * Compile-time tests: what the compiler accepts, and the sentences it refuses with.
 *
 * - Every file of test/types/ok type-checks.
 * - In test/types/bad a comment announces a mistake on the line that follows it:
 *
 *       // error: matmul [2, 3] x [4, 5]: inner dimensions 3 and 4 differ
 *       matmul(a, b)
 *
 *   That line must fail and its message must contain the sentence, word for word, as an editor shows it (nothing is
 *   untruncated for the test). Several comments stacked above a line are several sentences of it. `// error` without a
 *   sentence expects any failure: for mistakes that have no sentence yet. In a call that spans lines the comment stands
 *   right above the argument the compiler complains of.
 * - Lines that are not announced must not fail, and every announced line must.
 *
 * One run of the compiler checks all files, with the options of the repository.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root } from './files.js'
import { tsc } from './tsc.js'

interface Expected {
  readonly file: string
  readonly line: number
  /** All must stand in the message; empty for a bare `// error`. */
  readonly sentences: readonly string[]
}

const announced = (file: string): readonly Expected[] => {
  const lines = readFileSync(join(root, file), 'utf8').split(/\r?\n/)
  const found: Expected[] = []
  let sentences: readonly string[] | undefined
  for (const [i, text] of lines.entries()) {
    const comment = /^\s*\/\/ error(?:: (.+?))?\s*$/.exec(text)
    if (comment !== null) sentences = [...(sentences ?? []), ...(comment[1] === undefined ? [] : [comment[1]])]
    else if (sentences !== undefined) {
      found.push({ file, line: i + 1, sentences })
      sentences = undefined
    }
  }
  return found
}

const good = filesBelow('test/types/ok', '.ts')
const bad = filesBelow('test/types/bad', '.ts')
const expected = bad.flatMap(announced)
const problems = tsc('test/types')
const at = (file: string, line: number): string => `${file}:${line}`
const messages = new Map<string, string>()
for (const p of problems) messages.set(at(p.file, p.line), `${messages.get(at(p.file, p.line)) ?? ''}${p.message}\n`)

const places = new Set(expected.map((e) => at(e.file, e.line)))
const surprises = problems
  .filter((p) => !places.has(at(p.file, p.line)))
  .map((p) => `${at(p.file, p.line)} fails unannounced: ${p.message}`)
const misses = expected.flatMap((e) => {
  const message = messages.get(at(e.file, e.line))
  if (message === undefined)
    return [`${at(e.file, e.line)} compiles, but should fail${e.sentences.map((s) => `: ${s}`)}`]
  return e.sentences
    .filter((s) => !message.includes(s))
    .map((s) => `${at(e.file, e.line)} fails without the sentence\n  expected: ${s}\n  message:  ${message.trim()}`)
})
const idle = bad.filter((file) => !expected.some((e) => e.file === file)).map((file) => `${file} announces no error`)

for (const line of [...surprises, ...misses, ...idle]) console.error(line)
if (good.length + bad.length === 0) console.error('test/types holds no files')
if (surprises.length + misses.length + idle.length > 0 || good.length + bad.length === 0) process.exitCode = 1
else console.log(`types: ${good.length} files type-check, ${expected.length} mistakes are refused with their sentence`)
