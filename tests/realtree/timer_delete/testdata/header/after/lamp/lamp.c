static void lamp_off(struct lamp *lamp)
{
	timer_delete(&lamp->blink);
	timer_delete_sync(&lamp->fade);
}
