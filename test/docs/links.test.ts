/** What the documents point to is there: links to files, paths between backticks, scripts of npm. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, root } from '../../scripts/files.js'

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')]
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** The text without its blocks of code, whose paths are examples. */
const prose = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')

const all = (pattern: RegExp, text: string): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] as string)

describe.each(documents)('%s', (file) => {
  test('links', () => {
    const links = all(/\]\(([^)#]+)[^)]*\)/g, prose(file)).filter((link) => !/^\w+:/.test(link))
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([])
  })

  test('paths', () => {
    const paths = all(/`((?:src|laws|test|examples|scripts|docs|bench)\/[\w./-]+)`/g, prose(file))
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('scripts', () => {
    const named = all(/npm run ([\w:]+)/g, prose(file))
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })
})
