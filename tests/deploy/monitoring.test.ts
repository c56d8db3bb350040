import { container } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { turnOutcomes } from '../../src/core/conversation/stages.ts';
import { callOutcomes } from '../../src/core/database/databaseChannel.ts';
import { workflowFaults } from '../../src/plugins/n8n-bridge/WorkflowError.ts';
import { type MetricUse, metricsIn } from './metricsIn.ts';
import { readYaml } from './readYaml.ts';
import { textOf } from './root.ts';

interface Panel {
  id: number;
  title: string;
  type: string;
  targets?: { expr: string }[];
  gridPos: { x: number; y: number; w: number; h: number };
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; definition?: string }[] };
  annotations: { list: { expr: string }[] };
}

const dashboard: Dashboard = JSON.parse(textOf('deploy/grafana/dashboard.json'));
const [rules] = readYaml<{ groups: { rules: Rule[] }[] }>('deploy/grafana/steward.rules.yml');
const alerts = rules?.groups.flatMap((group) => group.rules) ?? [];
const [, ofVariable = ''] =
  /^label_values\((\w+), instance\)$/.exec(dashboard.templating.list[1]?.definition ?? '') ?? [];
const expressions = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
  ofVariable,
  ...alerts.map(({ expr }) => expr),
];

/** What Prometheus itself adds. */
const added = { metric: 'up', labels: ['instance', 'job'] };
/** The values that labels can have, where there is a list of them. */
const known: Record<string, readonly string[]> = {
  'steward_workflow_calls_total outcome': ['answered', 'accepted', ...Object.keys(workflowFaults)],
  'steward_scheduled_task_runs_total outcome': ['success', 'failure'],
  'steward_database_changes_total state': ['connected', 'degraded'],
  'steward_plugin_state state': ['running', 'disabled', 'parked', 'quarantined'],
  'steward_turns_total outcome': turnOutcomes,
  'steward_database_calls_total outcome': callOutcomes,
  'steward_journal_entries kind': ['write', 'answer', 'callback'],
};

describe.skipIf(!inject('postgres'))('the dashboard and the alerts', () => {
  let bot: TestBot;
  let exported: Map<string, readonly string[]>;
  let own: Map<string, readonly string[]>;
  beforeAll(async () => {
    // With everything that brings metrics of its own.
    bot = await startTestBot({ environment: { PUBLIC_URL: 'http://127.0.0.1:3000' } });
    const { metrics } = container;
    exported = new Map([[added.metric, []]]);
    own = new Map();
    for (const { name, type } of await metrics.getMetricsAsJSON()) {
      const { labelNames } = metrics.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
      if (name.startsWith('steward_')) own.set(name, labelNames);
      const parts =
        String(type) === 'histogram'
          ? ['_bucket', '_sum', '_count']
          : String(type) === 'summary'
            ? ['_sum', '_count', '']
            : [''];
      for (const part of parts) exported.set(`${name}${part}`, part === '_bucket' ? [...labelNames, 'le'] : labelNames);
    }
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it.each(expressions)('ask for what the bot exports: %s', (expression) => {
    const { uses, grouping } = metricsIn(expression);
    expect(uses).not.toEqual([]);
    for (const use of uses) expectExported(use);
    const labels = uses.flatMap(({ metric }) => exported.get(metric) ?? []);
    for (const label of grouping) expect([...added.labels, ...labels], label).toContain(label);
  });

  it('show every metric of the bot’s own', () => {
    const shown = new Set(expressions.flatMap((expression) => metricsIn(expression).uses.map(({ metric }) => metric)));
    const isShown = (name: string): boolean =>
      ['', '_bucket', '_sum', '_count'].some((part) => exported.has(`${name}${part}`) && shown.has(`${name}${part}`));
    expect([...own.keys()].filter((name) => !isShown(name))).toEqual([]);
  });

  it('are explained in docs/OPERATING.md: every metric of the bot’s own with its labels, and none besides', () => {
    const rows = textOf('docs/OPERATING.md').matchAll(/^\| `(steward_\w+)(?:\{([\w,]+)\})?` \|/gm);
    const listed = [...rows].map(([, name, labels]) => [name, labels?.split(',') ?? []]);
    expect(listed.sort()).toEqual([...own].sort());
    for (const outcome of [...turnOutcomes, ...callOutcomes])
      expect(textOf('docs/OPERATING.md')).toContain(`\`${outcome}\``);
  });

  function expectExported({ metric, labels }: MetricUse): void {
    expect([...exported.keys()]).toContain(metric);
    for (const { name, values } of labels) {
      expect([...added.labels, ...(exported.get(metric) ?? [])], metric).toContain(name);
      for (const value of values) expect(known[`${metric} ${name}`] ?? [value], metric).toContain(value);
    }
  }
});

describe('the dashboard', () => {
  it('has panels that each have a place and a name of their own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

describe('the alerts', () => {
  it('say what is wrong and what to do, under names of their own', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      expect(alert).toMatch(/^Steward[A-Z]\w+$/);
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\S/);
      expect(annotations.description).toMatch(/\.$/);
    }
  });
});

describe('reading an expression', () => {
  it('finds metrics and labels, and takes neither functions nor words of the language for them', () => {
    expect(metricsIn('sum by (a, le) (rate(some_bucket{b=~"x|y", c!="z"}[5m])) / on (d) other offset 5m > 3')).toEqual({
      uses: [
        {
          metric: 'some_bucket',
          labels: [
            { name: 'b', values: ['x', 'y'] },
            { name: 'c', values: ['z'] },
          ],
        },
        { metric: 'other', labels: [] },
      ],
      grouping: ['a', 'le', 'd'],
    });
  });
});
