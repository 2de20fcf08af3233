/**
 * Prints `N passed, N failed`, summed over the JSON results of all vitest runs; a file that could not run counts as failed.
 *
 * Where only the end of a log is kept, this is what is left of a run: so what failed, and why, comes last, right before the
 * count, and in few lines.
 */
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, relative } from 'node:path'
import { filesBelow, root } from './files.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Test {
  readonly status: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly Test[]
  }[]
}

interface Failure {
  readonly title: string
  readonly message: string
}

/** Failures that are shown, lines of a message that are, lines of all messages together, and characters of a line. */
const SHOWN = 5
const MOST_LINES = 8
const ALL_LINES = 20
const WIDTH = 400

// ------------------------------------------------------------------------------------------------------------ combinators

const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of a terminal
  text.replace(/\x1b\[[0-9;]*m/g, '')

const clipped = (line: string): string => (line.length > WIDTH ? `${line.slice(0, WIDTH)} …` : line)

/** The lines of a message that say most: without blank ones, hints of the test runner, and its part of the stack. */
const excerpt = (message: string, most: number): readonly string[] => {
  const lines = plain(message)
    .split('\n')
    .filter((l) => l.trim() !== '' && !l.startsWith('Hint: Enable verbose mode'))
  const told = lines.filter((l) => !/^\s+at /.test(l))
  const at = lines.find((l) => /^\s+at /.test(l) && !l.includes('node_modules') && !l.includes('node:'))
  const kept = at === undefined ? told.slice(0, most) : [...told.slice(0, most - 1), at.replace(`${root}/`, '')]
  return kept.map((l) => `    ${clipped(l.trim())}`)
}

/** What made a property fail: the log tells it below the seed, the message of the failed test does not. */
const cause = (message: string, log: string): string => {
  const seed = /^\{ seed: .*$/m.exec(plain(message))?.[0]
  const from = seed === undefined ? -1 : log.indexOf(seed)
  if (from < 0) return ''
  const end = log.indexOf('\n⎯⎯', from)
  const told = /^Caused by: ([^❯]*)/m.exec(log.slice(from, end < 0 ? undefined : end))?.[1]
  return told === undefined ? '' : `${told.split('\n').slice(0, 2).join('\n').trim()}\n`
}

/** The steps of `npm test` that failed without a test that did, and how each one ended. */
const brokenSteps = (log: string): readonly Failure[] =>
  [...log.matchAll(/^FAILED (\S+) \([\d.]+ s\)$/gm)].flatMap(([, step]) => {
    if (existsSync(join(root, 'out', 'vitest', `${step?.replace(':', '-')}.json`))) return []
    const from = log.lastIndexOf(`━━ npm run ${step}\n`)
    const to = log.indexOf('\n━━ ', from + 1)
    const lines = log.slice(from, to < 0 ? undefined : to).split('\n')
    const told = lines.slice(1).filter((l) => l.trim() !== '')
    return [{ title: `npm run ${step}`, message: told.slice(-MOST_LINES).join('\n') }]
  })

// ---------------------------------------------------------------------------------------------------------------- running

const runs = filesBelow('out/vitest', '.json').map(
  (file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Results,
)
const files = runs.flatMap((r) => r.testResults)
const broken = files.filter((t) => t.status === 'failed' && t.assertionResults.length === 0)
const passed = runs.reduce((n, r) => n + r.numPassedTests, 0)
const failed = runs.reduce((n, r) => n + r.numFailedTests, 0) + broken.length

const logFile = join(root, 'out', 'test.log')
const log = existsSync(logFile) ? plain(readFileSync(logFile, 'utf8')) : ''
const failures: readonly Failure[] = [
  ...broken.map((f) => ({ title: `${relative(root, f.name)} could not run`, message: f.message })),
  ...files.flatMap((f) =>
    f.assertionResults
      .filter((t) => t.status === 'failed')
      .map((t) => ({
        title: `${relative(root, f.name)} > ${t.fullName}`,
        message: t.failureMessages.map((m) => cause(m, log) + m).join('\n'),
      })),
  ),
  ...brokenSteps(log),
]
if (failures.length > 0) {
  const shown = failures.slice(0, SHOWN)
  const most = Math.max(3, Math.min(MOST_LINES, Math.floor(ALL_LINES / shown.length)))
  for (const f of shown) {
    console.log(`FAILED ${clipped(plain(f.title))}`)
    for (const line of excerpt(f.message, most)) console.log(line)
  }
  if (failures.length > SHOWN) console.log(`and ${failures.length - SHOWN} more failed`)
  const models = cpus()
  console.log(
    `on node ${process.version}, ${models[0]?.model.trim() ?? 'an unknown processor'}, ${models.length} cores`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
if (passed === 0 || failed > 0) process.exitCode = 1
