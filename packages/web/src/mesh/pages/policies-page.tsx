import { MeshApi } from "@parlatory/client";
import { POLICY_NAMES, parsePolicyChange, type MeshPolicies } from "@parlatory/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Button } from "../../design/button.tsx";
import { Field } from "../../design/field.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { describeFailure } from "../mesh-requests.ts";
import { PageHead } from "../../design/page-head.tsx";
import classes from "./policies-page.module.css";

const meanings: Readonly<Record<keyof MeshPolicies, string>> = {
  requireSessionProof: "Sessions must prove that their key is theirs",
  allowPlaintextGroups: "Group messages may be sent readable: true, false, or auto (when somebody cannot open others)",
  messageLog: "Keep the text of readable group messages for seven days",
  maxPeers: "Live sessions at once",
  workingTtlSeconds: "A session that says it works is taken for idle after so many seconds without a sign",
  rateMessagesPerMinute: "Messages a minute of one member; 0 is no limit",
  rateBurst: "Messages a member may send at once",
  allowLoopbackHooks: "Hooks on this machine may report a status without a token",
};

/** The settings of the mesh; what is written is told to every peer. */
export function PoliciesPage() {
  const { api, mesh } = useMesh();
  const query = useQuery({ queryKey: [mesh.id, "mesh"], queryFn: () => new MeshApi(api, mesh.id).get() });
  return (
    <>
      <PageHead title="Policies" />
      <MeshAnswer query={query} what="the policies">
        {({ policies }) => <PolicyForm key={JSON.stringify(policies)} policies={policies} />}
      </MeshAnswer>
    </>
  );
}

function PolicyForm({ policies }: { policies: MeshPolicies }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const change: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    const value = parseValue(text);
    if (value !== policies[name as keyof MeshPolicies]) change[name] = value;
  }
  const checked = parsePolicyChange(change);
  const save = useMutation({
    mutationFn: (wanted: Partial<MeshPolicies>) => new MeshApi(api, mesh.id).changePolicies(wanted),
    onSuccess: () => queries.invalidateQueries({ queryKey: [mesh.id, "mesh"] }),
  });
  const isChanged = Object.keys(change).length > 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isChanged && checked.ok) save.mutate(checked.policies);
  };
  return (
    <form className={classes["form"]} onSubmit={submit}>
      {POLICY_NAMES.map((name) => (
        <Field
          key={name}
          label={name}
          hint={meanings[name]}
          problem={!checked.ok && checked.field === `policies.${name}` ? `It ${checked.reason}` : undefined}
        >
          <input
            value={texts[name] ?? String(policies[name])}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
          />
        </Field>
      ))}
      {save.error === null ? null : (
        <Notice tone="bad" title="Not changed">
          <p>{describeFailure(save.error)}</p>
        </Notice>
      )}
      <Button type="submit" look="primary" disabled={!isChanged || !checked.ok || save.isPending}>
        Change the policies
      </Button>
    </form>
  );
}

/** As `parl mesh policy` reads them: words of JSON, anything else is text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.trim();
  }
}
