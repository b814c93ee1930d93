"""A runbook with something of everything that the format knows."""

from textwrap import dedent

MODEL = dedent(
    """\
    ---
    title: Checkout answers 502 after a deploy
    services: [shop, edge]
    alerts: [CheckoutErrors, 'EdgeErrors{cluster=~"eu-.*", tier!="test"}']
    severity: high
    owner: yash
    also: ["upstream  reset", "basket is gone"]
    review_every: 90d
    access:
      kubectl-prod: { how: "group k8s-prod", check: "kubectl auth can-i get pods" }
    escalation:
      - { after: 15m, to: "@edge-oncall", how: "page edge" }
    ---
    # Checkout answers 502 after a deploy

    Read this first.

    ## Symptoms
    Customers see 502.

    ## Diagnosis
    Look before you act.

    1. Count the pods. {.observe access=kubectl-prod,psql-prod}
       ```sh
       kubectl -n {{ namespace }} get pods
       ```
       Expect: ten pods, all ready.

    ### Deeper
    2. Read the log.

       Expect:

       ```text
       upstream connect error
       ```

    Then choose.

    ## Resolution
    - Roll back. {.change undo="kubectl rollout undo deploy/{{ deployment }} --to-revision=\\"2\\""}

          kubectl rollout undo deploy/{{ deployment }}
    - Drop the queue. {.destructive}
    """
)
