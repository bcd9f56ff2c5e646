/* What is not called: a constant at file scope is the function, anything else may be a variable of that name. */

static const struct lamp_ops plain_ops = {
	.stop = timer_delete,
	.stop_sync	= &timer_delete_sync,
	.del_timer	= lamp_del_timer,
};

extern int del_timer(struct timer_list *timer); /* want: unknown-shape "declared here too: what is called by this name has to be looked at" */

static void lamp_each(struct lamp *lamp, int (*del_timer)(struct timer_list *)) /* want: unknown-shape "declared here too: what is called by this name has to be looked at" */
{
	int del_timer_sync = lamp->sync; /* want: unknown-shape "declared here too: what is called by this name has to be looked at" */

	lamp->synced = del_timer_sync; /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
}

static void lamp_fsm_stop(struct lamp_fsm *fsm)
{
	if (fsm->ops->del_timer)
		fsm->ops->del_timer(fsm);
	fsm->ops->del_timer = NULL;
}

static void lamp_defer(struct lamp *lamp)
{
	lamp->stop = del_timer; /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
	lamp_call(lamp, &del_timer_sync, &lamp->blink); /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
	lamp->ops = (struct lamp_ops) { .stop = del_timer }; /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
}

/* Too many arguments for the function: it is something else. */
static void lamp_other(struct lamp *lamp)
{
	del_timer(lamp, &lamp->blink); /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
}

/* del_timer_sync() in a function that does not parse. */
static void lamp_broken(struct lamp *lamp)
{
	del_timer_sync(&lamp->blink); /* want: unparsed "the function does not parse, so nothing in it is touched" */
	lamp_if lamp_else (lamp { ;
}
