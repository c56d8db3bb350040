import { describe, expect, it } from 'vitest';
import { imageEnvironment } from './Dockerfile.ts';
import { environmentNames, secretNames } from './environmentNames.ts';
import { type Kustomization, type Manifest, readManifest } from './manifests.ts';
import { version } from './root.ts';

const base = readManifest<Kustomization>('base/kustomization.yaml');
const two = readManifest<Kustomization>('two-instances/kustomization.yaml');
const secret = readManifest<Manifest>('secret.example.yaml');
const parts = base.resources.map((path) => readManifest<Manifest>(`base/${path}`));
const find = (kind: string): Manifest => {
  const [part, ...others] = parts.filter((candidate) => candidate.kind === kind);
  if (!part || others.length > 0) throw new Error(`There should be one ${kind}.`);
  return part;
};

const { spec } = find('StatefulSet');
const pod = spec.template.spec;
const [bot] = pod.containers;
if (!bot) throw new Error('The pod has no container.');
const literals = Object.fromEntries(
  base.configMapGenerator.flatMap((map) => map.literals.map((line) => line.split('='))),
);
const port = Number(imageEnvironment.HEALTH_CHECK_PORT);

describe('the manifests for Kubernetes', () => {
  it('are of the versions that clusters have', () => {
    expect(Object.fromEntries(parts.map(({ kind, apiVersion }) => [kind, apiVersion]))).toEqual({
      Namespace: 'v1',
      StatefulSet: 'apps/v1',
      Service: 'v1',
      NetworkPolicy: 'networking.k8s.io/v1',
      PodDisruptionBudget: 'policy/v1',
    });
    for (const { apiVersion, kind } of [base, two])
      expect(`${apiVersion} ${kind}`).toBe('kustomize.config.k8s.io/v1beta1 Kustomization');
  });

  it('mean the same pods and the same namespace', () => {
    const { labels } = spec.template.metadata;
    const selectors = [
      spec.selector,
      find('PodDisruptionBudget').spec.selector,
      find('NetworkPolicy').spec.podSelector,
    ];
    for (const { matchLabels } of selectors) expect(labels).toMatchObject(matchLabels);
    expect(labels).toMatchObject(find('Service').spec.selector);
    const namespaces = [base.namespace, two.namespace, secret.metadata.namespace, find('Namespace').metadata.name];
    expect(new Set(namespaces).size).toBe(1);
  });

  it('set only what the bot reads, and every secret by a file of the secret', () => {
    const names = [...Object.keys(literals), ...bot.env.map(({ name }) => name)];
    expect(names.filter((name) => !environmentNames.has(name) || secretNames.includes(name))).toEqual([]);
    expect(bot.envFrom).toEqual([{ configMapRef: { name: base.configMapGenerator[0]?.name } }]);
    const mount = bot.volumeMounts.find(({ name }) => name === 'secrets');
    const files = bot.env.filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value);
    expect(files.sort()).toEqual(
      Object.keys(secret.stringData)
        .map((key) => `${mount?.mountPath}/${key}`)
        .sort(),
    );
    expect(pod.volumes).toMatchObject([{ name: 'secrets', secret: { secretName: secret.metadata.name } }]);
    expect(mount?.readOnly).toBe(true);
  });

  it('hold no value of a secret', () => {
    expect(secret.kind).toBe('Secret');
    expect(base.resources.join()).not.toContain('secret');
    expect(new Set(Object.values(secret.stringData))).toEqual(new Set(['']));
  });

  it('ask the addresses that the bot has: whether it lives, and whether it takes messages', () => {
    const [{ name, containerPort } = { name: '', containerPort: 0 }] = bot.ports;
    expect(containerPort).toBe(port);
    expect(bot.env).toContainEqual({ name: 'HEALTH_CHECK_PORT', value: String(port) });
    expect(bot.env).toContainEqual({ name: 'HEALTH_CHECK_HOST', value: '0.0.0.0' });
    expect(bot.startupProbe.httpGet).toEqual({ path: '/alive', port: name });
    expect(bot.livenessProbe.httpGet).toEqual({ path: '/alive', port: name });
    expect(bot.readinessProbe.httpGet).toEqual({ path: '/ready', port: name });
    // Migrations of a large database take minutes.
    expect(bot.startupProbe.periodSeconds * bot.startupProbe.failureThreshold).toBeGreaterThanOrEqual(600);
  });

  it('keep to the restricted profile, with a file system that may only be read', () => {
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(bot.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect([pod.automountServiceAccountToken, pod.enableServiceLinks]).toEqual([false, false]);
  });

  it('give each instance a volume of its own, which stays, and time to stop', () => {
    const [claim, ...others] = spec.volumeClaimTemplates;
    expect(others).toEqual([]);
    expect(claim?.spec.accessModes).toEqual(['ReadWriteOnce']);
    const dataDir = bot.env.find(({ name }) => name === 'DATA_DIR')?.value;
    expect(bot.volumeMounts).toContainEqual({ name: claim?.metadata.name, mountPath: dataDir });
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
    expect(pod.terminationGracePeriodSeconds).toBe(45);
  });

  it('run this version', () => {
    expect(base.images).toMatchObject([{ name: bot.image, newTag: version }]);
  });

  it('run one instance, or two that share Discord’s budget', () => {
    expect(spec.replicas).toBe(1);
    expect(two.resources).toEqual(['../base']);
    expect(two.replicas).toEqual([{ name: find('StatefulSet').metadata.name, count: 2 }]);
    expect(two.configMapGenerator).toMatchObject([{ name: base.configMapGenerator[0]?.name, behavior: 'merge' }]);
    expect(two.configMapGenerator[0]?.literals).toEqual([
      `DISCORD_GLOBAL_RPS=${Number(literals.DISCORD_GLOBAL_RPS) / 2}`,
    ]);
    expect(find('PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  });

  it('let callbacks in while Discord is away, and nothing out but to what the bot needs', () => {
    const service = find('Service');
    expect(service.spec.publishNotReadyAddresses).toBe(true);
    expect(service.spec.ports).toMatchObject([{ port, targetPort: bot.ports[0]?.name }]);
    expect(literals.PUBLIC_URL).toBe(`http://${service.metadata.name}:${port}`);
    const { policyTypes, ingress, egress } = find('NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress.flatMap(({ ports }) => ports.map((one) => one.port))).toEqual([port, port]);
    expect(egress.flatMap(({ ports }) => ports.map((one) => one.port))).toEqual([53, 53, 443, 5432, 6379, 5678]);
    for (const { from } of ingress) expect(from).toHaveLength(1);
    for (const { to } of egress) expect(to.length).toBeGreaterThan(0);
  });
});
