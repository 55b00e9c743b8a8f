"""
One call, where providers and transport meet: from what the caller gave to the response, and many calls at once.

    options      what a call takes                        call         candidates, deadline, cache, events
    candidate    a provider, its model, its options       reading      one document before one provider
    routing      who serves: deployments, fallbacks       batches      page batches, and what comes back short
    many         a window of documents in flight          progress     events and pages while a call runs
    page_stream  a document's pages as they come           escalation   hard pages by another model
    cache        finished responses, kept and found       annotations  classes as annotation formats
    sending      exchanges under one call's conditions    prices       the caller's own
    second_step  annotations by a chat model              comparing    several models at the same pages
    on_demand    what is imported when first used         estimating   what a call would take

May import everything below it: values, pure logic, providers, transport. Only the surface (`_api`) and the programs
import it.
"""
