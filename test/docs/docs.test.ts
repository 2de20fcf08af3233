import { describe, expect, test } from 'vitest'
import { blocksOf, moduleOf, writeModules } from '../../scripts/docs.js'

describe('blocks of a document', () => {
  const markdown = [
    'Text',
    '```ts',
    "import { a } from 'lanac'",
    'a()',
    '```',
    '```ts',
    'notRun()',
    '```',
    '```typescript',
    "import { b } from 'lanac'",
    '```',
  ].join('\n')

  test('only the fences marked ts that import the package', () => {
    expect(blocksOf('x.md', markdown, false).map((b) => b.line)).toEqual([3])
  })

  test('a continued fence goes on from the one before', () => {
    const blocks = blocksOf('x.md', `${markdown.replace('```ts\nnotRun', '```ts continued\nnotRun')}`, false)
    expect(blocks.map((b) => b.code.map(([line]) => line))).toEqual([[3, 4, 7]])
  })

  test('lines keep their numbers, and assert is in scope', () => {
    const lines = blocksOf('x.md', markdown, false).map((b) => moduleOf(b).split('\n'))
    expect(lines[0]?.slice(2)).toEqual(["import { a } from 'lanac'", 'a()', ''])
    expect(lines[0]?.[0]).toContain('node:assert/strict')
  })

  test('in a module, the fences of its examples', () => {
    const source = [
      '/**',
      ' * One.',
      ' * ```ts',
      ' * no()',
      ' * ```',
      ' * @example',
      ' * ```ts',
      ' * yes()',
      ' * ```',
      ' */',
    ]
    expect(blocksOf('x.ts', source.join('\n'), true).map((b) => b.code)).toEqual([[[8, 'yes()']]])
  })
})

describe('documentation runs as written', () => {
  for (const { file, line, path } of writeModules())
    test(`${file}:${line}`, async () => {
      await import(/* @vite-ignore */ path)
    })
})
